import { counter, gauge } from '../../metrics/metric-definition.js';
import type { MetricFamily } from '../../metrics/metric-family.js';
import { MetricSet } from '../../metrics/metric-set.js';

const scrapes = counter('promhttp_metric_handler_requests_total', 'Total number of scrapes by HTTP status code.', [
  'code',
]);
const inFlight = gauge('promhttp_metric_handler_requests_in_flight', 'Current number of scrapes being served.');
const errors = counter(
  'promhttp_metric_handler_errors_total',
  'Total number of internal errors encountered by the promhttp metric handler.',
  ['cause'],
);

const CODES = ['200', '500', '503'] as const;

/** Counts the scrapes of node metrics, under the names that Go's handler has for its own. */
export class NodeScrapeMetrics {
  readonly #metrics = new MetricSet();
  #inFlight = 0;

  constructor() {
    for (const code of CODES) this.#metrics.setWith(scrapes, { code }, 0);
    for (const cause of ['encoding', 'gathering']) this.#metrics.setWith(errors, { cause }, 0);
  }

  /** How many scrapes are being answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  began(): void {
    this.#inFlight += 1;
  }

  ended(code: (typeof CODES)[number]): void {
    this.#inFlight -= 1;
    this.#metrics.addWith(scrapes, { code }, 1);
  }

  /** A scrape that had to leave something out. */
  gatheringFailed(): void {
    this.#metrics.addWith(errors, { cause: 'gathering' }, 1);
  }

  readonly gather = (): readonly MetricFamily[] => {
    this.#metrics.set(inFlight, this.#inFlight);
    return this.#metrics.families();
  };
}
