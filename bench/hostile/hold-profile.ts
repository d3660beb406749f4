import inspector from 'node:inspector';

const INTERVAL_MICROSECONDS = 200;
const MOST_LINES = 12;

/** A CPU profile of the longest time for which the loop was held: it says which functions that was. */
export class HoldProfile {
  readonly #session = new inspector.Session();
  #from = 0;
  #to = 0;

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
    this.#session.post('Profiler.start');
  }

  /** The longest so far, in milliseconds of `performance.now()`. */
  markHold(fromMs: number, toMs: number): void {
    [this.#from, this.#to] = [fromMs, toMs].map(microseconds) as [number, number];
  }

  /** What was on the stack most of the time, each with its milliseconds; begins anew. */
  take(): string[] {
    let lines: string[] = [];
    // The inspector of the own thread answers before this returns.
    this.#session.post('Profiler.stop', (error, { profile }) => {
      if (error === null) lines = mostSeen(profile, this.#from, this.#to);
    });
    this.#session.post('Profiler.start');
    return lines;
  }
}

/** The profile has the time of the monotonic clock, of which `performance.now()` began with the process. */
function microseconds(ms: number): number {
  const now = Number(process.hrtime.bigint() / 1000n);
  return now - (performance.now() - ms) * 1000;
}

function mostSeen(profile: inspector.Profiler.Profile, from: number, to: number): string[] {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const spent = new Map<string, number>();
  let at = profile.startTime;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index + 1] ?? 0;
    at += timeDeltas[index] ?? 0;
    if (at < from || at > to) continue;
    const seen = new Set<string>();
    for (let each: number | undefined = id; each !== undefined; each = parents.get(each)) {
      const frame = byId.get(each)?.callFrame;
      if (frame !== undefined)
        seen.add(
          `${frame.functionName || '(anonymous)'} ${frame.url.split('/').slice(-2).join('/')}:${frame.lineNumber + 1}`,
        );
    }
    for (const name of seen) spent.set(name, (spent.get(name) ?? 0) + delta / 1000);
  }
  spent.delete('(root) :0');
  const sorted = [...spent].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, MOST_LINES).map(([name, ms]) => `${ms.toFixed(1)} ms ${name}`);
}
