import { type ProbeOutcome, type ProbeRun, runProbe } from '../../../probe/run-probe.js';
import type { Clock } from '../../../values/clock.js';

/**
 * The part of its time that a probe waits at most. A scrape of less than a second must not be late because the service
 * has just begun; one that measures some of Node's loading is better than none.
 */
const MOST_OF_ITS_TIME = 0.25;

/**
 * Runs probes in this process. The service listens before it is warm; probes that come meanwhile wait until it is, so
 * that each measures its target and not Node's loading. That counts as waiting for their turn.
 */
export class HeldProbes {
  readonly #clock: Clock;
  #warming: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Holds probes until this has come to its end, which takes a fraction of a second and never rejects. */
  until(warming: Promise<void>): void {
    this.#warming = warming.finally(() => {
      this.#warming = undefined;
    });
  }

  readonly run = (run: ProbeRun): Promise<ProbeOutcome> =>
    this.#warming === undefined ? runProbe(run) : this.#runHeld(run, this.#warming);

  async #runHeld(run: ProbeRun, warming: Promise<void>): Promise<ProbeOutcome> {
    const { timeoutSeconds, waitedSeconds = 0 } = run;
    const since = this.#clock.monotonicSeconds();
    await this.#wait(warming, MOST_OF_ITS_TIME * (timeoutSeconds - waitedSeconds));
    const heldSeconds = this.#clock.monotonicSeconds() - since;
    return runProbe({ ...run, waitedSeconds: waitedSeconds + heldSeconds });
  }

  /** Resolves with the promise, or after the given seconds; at once if no time is left. */
  async #wait(promise: Promise<void>, seconds: number): Promise<void> {
    if (!(seconds > 0)) return;
    await new Promise<void>((resolve) => {
      const cancelTimer = this.#clock.after(seconds, resolve);
      void promise.then(() => {
        cancelTimer();
        resolve();
      });
    });
  }
}
