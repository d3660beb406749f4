import type { WebResponse } from '../../../http/exchange.js';
import type { Clock } from '../../../values/clock.js';

/**
 * The most states of what was pushed that scrapes under way hold on to; in another format, a state counts again. The
 * scrapes of one state share its memory.
 */
export const MOST_HELD_STATES = 64;

/** A client takes its answer as long as it does not pause for this many times its longest pause before. */
const PATIENCE = 2;

interface Scrape {
  readonly response: WebResponse;
  /** When some of it was taken last, or when it began, on the monotonic clock. */
  takenAt: number;
  /** The longest time in which the client took nothing, and then something, in seconds. */
  longestPause: number;
}

/**
 * The states that scrapes under way show. Where there are too many, the scrapes of one are cut off: of the one from
 * which nobody has taken anything for the longest time. Those with a client that takes some now and then come last.
 */
export class HeldStates {
  readonly #clock: Pick<Clock, 'monotonicSeconds'>;
  readonly #scrapes = new Map<string, Set<Scrape>>();

  constructor(clock: Pick<Clock, 'monotonicSeconds'>) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#scrapes.size;
  }

  /** The pieces of a scrape, which holds on to `state` until all have been taken or its client is gone. */
  *hold<T>(pieces: Iterable<T>, state: string, response: WebResponse): Generator<T> {
    // Its `close` has been.
    if (response.destroyed) return;
    const scrape = { response, takenAt: this.#clock.monotonicSeconds(), longestPause: 0 };
    this.#add(scrape, state);
    response.on('close', () => {
      this.#release(scrape, state);
    });
    for (const piece of pieces) {
      yield piece;
      const now = this.#clock.monotonicSeconds();
      scrape.longestPause = Math.max(scrape.longestPause, now - scrape.takenAt);
      scrape.takenAt = now;
    }
  }

  #add(scrape: Scrape, state: string): void {
    const scrapes = this.#scrapes.get(state) ?? new Set();
    this.#scrapes.set(state, scrapes.add(scrape));
    if (this.#scrapes.size > MOST_HELD_STATES) this.#cutOne(state);
  }

  #release(scrape: Scrape, state: string): void {
    const scrapes = this.#scrapes.get(state);
    if (scrapes?.delete(scrape) === true && scrapes.size === 0) this.#scrapes.delete(state);
  }

  #cutOne(newest: string): void {
    const now = this.#clock.monotonicSeconds();
    const others = [...this.#scrapes].filter(([state]) => state !== newest).map(([, scrapes]) => [...scrapes]);
    const stalled = others.filter((scrapes) =>
      scrapes.every((each) => now - each.takenAt > PATIENCE * each.longestPause),
    );
    const takenAt = (scrapes: readonly Scrape[]): number => Math.max(...scrapes.map((each) => each.takenAt));
    const [longest] = (stalled.length > 0 ? stalled : others).toSorted((a, b) => takenAt(a) - takenAt(b));
    for (const { response } of longest ?? []) response.destroy();
  }
}
