import { openSync, readlinkSync, readSync } from 'node:fs';

/** What the kernel knows of the thread that asks, in milliseconds since it began. */
export interface ThreadTime {
  readonly cpuMs: number;
  /** For how long it was ready to run while others had the processors. */
  readonly waitedMs: number;
}

/** A time in which a thread could not run though it was ready to, in milliseconds of the system's clock. */
export interface Wait {
  readonly from: number;
  readonly to: number;
}

const NANOSECONDS_A_MS = 1e6;

/** Its target is such as `4711/task/4712`, of the thread that asks. */
const schedstat = openSync(`/proc/${readlinkSync('/proc/thread-self')}/schedstat`, 'r');
const buffer = Buffer.alloc(128);

/**
 * The kernel keeps these figures to the nanosecond, but brings the first up to date only when the CPU time of the
 * caller is asked for.
 */
export function threadTime(): ThreadTime {
  process.cpuUsage();
  const length = readSync(schedstat, buffer, 0, buffer.length, 0);
  const [cpu = 0, waited = 0] = buffer.toString('latin1', 0, length).split(' ').map(Number);
  return { cpuMs: cpu / NANOSECONDS_A_MS, waitedMs: waited / NANOSECONDS_A_MS };
}

/** The system's clock, which all processes share. */
export function systemMs(): number {
  return performance.timeOrigin + performance.now();
}

/** For how long one of these threads waited between two moments. */
export function waitedWithin(from: number, to: number, waits: readonly Wait[]): number {
  let waited = 0;
  let counted = from;
  for (const wait of [...waits].sort((a, b) => a.from - b.from)) {
    const start = Math.max(wait.from, counted);
    const end = Math.min(wait.to, to);
    if (end <= start) continue;
    waited += end - start;
    counted = end;
  }
  return waited;
}

/** Waits that are long enough to be told, and how many are kept. */
const LONG_MS = 0.5;
const MOST = 20_000;

/** Collects the waits of this thread, as far as it is asked often. */
export class WaitLog {
  #waits: Wait[] = [];
  #last = threadTime().waitedMs;

  /** To be called every millisecond or so. */
  tick({ waitedMs } = threadTime()): void {
    const taken = waitedMs - this.#last;
    this.#last = waitedMs;
    const now = systemMs();
    if (taken > LONG_MS && this.#waits.length < MOST) this.#waits.push({ from: now - taken, to: now });
  }

  /** Those since it was last asked. */
  take(): readonly Wait[] {
    const waits = this.#waits;
    this.#waits = [];
    return waits;
  }
}
