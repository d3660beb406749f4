import type { CancelTimer, Clock } from '../../values/clock.js';

/** The store's clock, so that push times and expiry are the same whichever instance says them. */
export class SharedClock implements Clock {
  readonly #own: Clock;
  readonly #aheadSeconds: () => number;

  /** `aheadSeconds` is what the store's clock is ahead of the own monotonic one: the own wall clock may be set. */
  constructor(own: Clock, aheadSeconds: () => number) {
    this.#own = own;
    this.#aheadSeconds = aheadSeconds;
  }

  readonly wallSeconds = (): number => this.#own.monotonicSeconds() + this.#aheadSeconds();

  readonly monotonicSeconds = (): number => this.#own.monotonicSeconds();

  readonly after = (seconds: number, action: () => void): CancelTimer => this.#own.after(seconds, action);
}
