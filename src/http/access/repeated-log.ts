import type { ServiceLog } from '../../log/service-log.js';
import type { Clock } from '../../values/clock.js';

/** A problem is logged once in this many seconds, however many requests meet it. */
const QUIET_SECONDS = 10;

/** An error that each request may meet anew: said at once when it is new, and then now and then while it lasts. */
export class RepeatedLog {
  readonly #log: ServiceLog;
  readonly #clock: Clock;
  #last: { readonly err: string; readonly atSeconds: number } | undefined;

  constructor(log: ServiceLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  error(message: string, err: string): void {
    const now = this.#clock.monotonicSeconds();
    if (this.#last?.err === err && now - this.#last.atSeconds < QUIET_SECONDS) return;
    this.#last = { err, atSeconds: now };
    this.#log.error(message, { err });
  }
}
