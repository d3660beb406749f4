import { type Profiler, Session } from 'node:inspector';

/**
 * Tells which inputs take a branch that none before took, or take it another number of times (by powers of two): V8
 * counts how often each block runs. One at a time in a process, and none beside NODE_V8_COVERAGE, whose counts it
 * would take.
 */
export class BranchGuide {
  readonly #session = new Session();
  readonly #of: string;
  /** What was seen of each function: its blocks with their counts. */
  readonly #seen = new Map<string, Set<string>>();

  /** Counts in the scripts whose URL has `of` in it. */
  constructor(of: string) {
    this.#of = of;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Whether something new ran since the last call. Takes a millisecond or more. */
  sawNewBranch(): boolean {
    let isNew = false;
    for (const { url, functions } of this.#take()) {
      if (!url.includes(this.#of)) continue;
      for (const { ranges } of functions) if (this.#add(`${url}:${ranges[0]?.startOffset}`, ranges)) isNew = true;
    }
    return isNew;
  }

  /** How many blocks, with their counts, were seen so far. */
  get size(): number {
    return [...this.#seen.values()].reduce((sum, { size }) => sum + size, 0);
  }

  stop(): void {
    this.#session.disconnect();
  }

  #add(name: string, ranges: readonly Profiler.CoverageRange[]): boolean {
    if ((ranges[0]?.count ?? 0) === 0) return false;
    const seen = this.#seen.get(name) ?? new Set();
    this.#seen.set(name, seen);
    const before = seen.size;
    for (const { startOffset, endOffset, count } of ranges)
      seen.add(`${startOffset}-${endOffset}:${count === 0 ? 0 : 1 + Math.floor(Math.log2(count))}`);
    return seen.size > before;
  }

  /** The profiler answers before `post` returns. */
  #take(): readonly Profiler.ScriptCoverage[] {
    let scripts: readonly Profiler.ScriptCoverage[] | undefined;
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      scripts = answer.result;
    });
    if (scripts === undefined) throw new Error('the profiler did not answer at once');
    return scripts;
  }
}
