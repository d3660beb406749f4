import type { WebResponse } from '../../../http/exchange.js';
import { MOST_PUSH_SCRAPES } from '../../../http/listeners/server-limits.js';
import type { Clock } from '../../../values/clock.js';

/**
 * How long a client may take nothing before its scrape makes room for another, in seconds. Prometheus reads as fast as
 * it can, and gives a scrape up after some seconds.
 */
export const SCRAPE_PATIENCE_SECONDS = 2;

/**
 * The scrapes that are under way, which have a bound: each holds on to what was there when it began. Where all places
 * are taken, a client that reads nothing loses its own, so that one connection of HTTP/2 cannot keep all others out.
 */
export class ScrapePlaces {
  readonly #clock: Pick<Clock, 'monotonicSeconds'>;
  readonly #places = new Set<ScrapePlace>();

  constructor(clock: Pick<Clock, 'monotonicSeconds'>) {
    this.#clock = clock;
  }

  /** Gives a scrape a place; undefined if there is none. The caller has to `leave` it. */
  take(response: WebResponse): ScrapePlace | undefined {
    if (this.#places.size >= MOST_PUSH_SCRAPES && !this.#clear()) return undefined;
    const place = new ScrapePlace(response, this.#clock);
    this.#places.add(place);
    return place;
  }

  leave(place: ScrapePlace): void {
    this.#places.delete(place);
  }

  /** Cuts the scrape whose client has read nothing for the longest time. Returns whether there is one. */
  #clear(): boolean {
    const longest = [...this.#places].reduce((a, b) => (b.waitsSince < a.waitsSince ? b : a));
    if (this.#clock.monotonicSeconds() - longest.waitsSince < SCRAPE_PATIENCE_SECONDS) return false;
    this.#places.delete(longest);
    longest.response.destroy();
    return true;
  }
}

/** The place of one scrape. */
export class ScrapePlace {
  readonly response: WebResponse;
  readonly #clock: Pick<Clock, 'monotonicSeconds'>;
  #waitsSince = Infinity;

  constructor(response: WebResponse, clock: Pick<Clock, 'monotonicSeconds'>) {
    this.response = response;
    this.#clock = clock;
  }

  /** Since when it has been the client's turn, on the monotonic clock; `Infinity` while the answer is being made. */
  get waitsSince(): number {
    return this.#waitsSince;
  }

  /** Notes when pieces of the answer go, and when the next one is asked for. */
  *follow<T>(pieces: Iterable<T>): Generator<T> {
    for (const piece of pieces) {
      this.#waitsSince = this.#clock.monotonicSeconds();
      yield piece;
      this.#waitsSince = Infinity;
    }
  }
}
