import type { Filler } from '../metrics/gather-all.js';
import { counter } from '../metrics/metric-definition.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import { MetricSet } from '../metrics/metric-set.js';
import { internalErrors, ScrapeCounts } from './own-metrics.js';

const errors = counter(
  'promhttp_metric_handler_errors_total',
  'Total number of internal errors encountered by the promhttp metric handler.',
  ['cause'],
);

/** The counters of a service that gathers the metrics of others. Their names are those of client_golang's handler. */
export class ScrapeMetrics {
  readonly #metrics = new MetricSet();
  readonly scrapes: ScrapeCounts;

  constructor() {
    // By name, so that no scrape has to sort them.
    for (const cause of ['encoding', 'gathering']) this.#metrics.setWith(errors, { cause }, 0);
    this.scrapes = new ScrapeCounts(this.#metrics);
    this.#metrics.set(internalErrors, 0);
  }

  /** Counts a bug. */
  internalError(): void {
    this.#metrics.addWith(internalErrors, {}, 1);
  }

  /** Counts a scrape that had to leave something out. */
  gatheringFailed(): void {
    this.#metrics.addWith(errors, { cause: 'gathering' }, 1);
  }

  readonly gather = (): readonly MetricFamily[] => this.#metrics.families();

  /** Puts the same metrics into a set. */
  readonly fill: Filler = (metrics) => {
    for (const { metric, labelValues, value } of this.#metrics.rows) metrics.append(metric, labelValues, value);
  };
}
