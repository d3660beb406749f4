import type { RateLimit } from '../../config/web-config.js';
import type { Clock } from '../../values/clock.js';

/**
 * A rate limit as golang.org/x/time/rate has it: full at first, and one token more every interval until it is full
 * again.
 */
export class TokenBucket {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  #tokens: number;
  #countedAtSeconds: number;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#tokens = limit.burst;
    this.#countedAtSeconds = clock.monotonicSeconds();
  }

  /** Takes a token if there is one. */
  take(): boolean {
    const now = this.#clock.monotonicSeconds();
    const earned = (now - this.#countedAtSeconds) / this.#limit.intervalSeconds;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + earned);
    this.#countedAtSeconds = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
