import { counter, gauge } from '../metrics/metric-definition.js';
import type { MetricSet } from '../metrics/metric-set.js';

/** The bugs of Sonde that a service has met. Every service counts its own. */
export const internalErrors = counter(
  'sonde_internal_errors_total',
  'Total number of requests that failed because of a bug in Sonde. The log has the stack trace of each.',
);

/** Log lines that the process has dropped. */
export const droppedLogLines = counter(
  'sonde_log_lines_dropped_total',
  'Total number of log lines dropped because the reader of the log was too slow.',
);

const scrapes = counter('promhttp_metric_handler_requests_total', 'Total number of scrapes by HTTP status code.', [
  'code',
]);
const scrapesInFlight = gauge('promhttp_metric_handler_requests_in_flight', 'Current number of scrapes being served.');

const CODES = ['200', '500', '503'] as const;

/** Status code of a scrape, as client_golang's handler labels it. */
export type ScrapeCode = (typeof CODES)[number];

/** Counts the scrapes of one service, under the names of client_golang's handler (promhttp). */
export class ScrapeCounts {
  readonly #metrics: MetricSet;
  #inFlight = 0;

  /** `metrics` is where the counts are kept and shown from. */
  constructor(metrics: MetricSet) {
    this.#metrics = metrics;
    metrics.set(scrapesInFlight, 0);
    for (const code of CODES) metrics.setWith(scrapes, { code }, 0);
  }

  /** The number of scrapes that are being answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  began(): void {
    this.#metrics.set(scrapesInFlight, ++this.#inFlight);
  }

  ended(code: ScrapeCode): void {
    this.#metrics.set(scrapesInFlight, --this.#inFlight);
    this.#metrics.addWith(scrapes, { code }, 1);
  }
}
