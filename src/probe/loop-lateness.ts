import type { CancelTimer, Clock } from '../values/clock.js';

/** How often the event loop is asked while somebody watches, in seconds; a shorter delay can go unseen. */
const TICK_SECONDS = 0.005;

interface Watcher {
  latestSeconds: number;
}

/**
 * Measures how late the event loop is, while probes run that report it. A timer that comes late shows synchronous work,
 * a garbage collection, or a host without time for this process: the times of those probes may be too long by that.
 * There is one timer for all of them, and none while nobody watches.
 */
export class LoopLateness {
  readonly #clock: Clock;
  readonly #watchers = new Set<Watcher>();
  #dueSeconds = 0;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches from now on. The function that it returns ends that, once, and gives the longest delay in seconds. */
  watch(): () => number {
    const watcher: Watcher = { latestSeconds: 0 };
    this.#watchers.add(watcher);
    if (this.#cancel === undefined) this.#schedule();
    return () => {
      // The timer of a delay that is not over yet has not come.
      this.#note(this.#clock.monotonicSeconds() - this.#dueSeconds);
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) {
        this.#cancel?.();
        this.#cancel = undefined;
      }
      return watcher.latestSeconds;
    };
  }

  #schedule(): void {
    this.#dueSeconds = this.#clock.monotonicSeconds() + TICK_SECONDS;
    this.#cancel = this.#clock.after(TICK_SECONDS, () => {
      this.#note(this.#clock.monotonicSeconds() - this.#dueSeconds);
      this.#schedule();
    });
  }

  #note(lateSeconds: number): void {
    for (const watcher of this.#watchers) watcher.latestSeconds = Math.max(watcher.latestSeconds, lateSeconds);
  }
}
