import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import { MetricSet, seriesNamed } from '../../../metrics/metric-set.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import type { ScrapeFacts } from '../server-exporter.js';

// Names, types and texts are those of postgres_exporter 0.19.
const lastDuration = gauge(
  'pg_exporter_last_scrape_duration_seconds',
  'Duration of the last scrape of metrics from PostgreSQL.',
);
const lastError = gauge(
  'pg_exporter_last_scrape_error',
  'Whether the last scrape of metrics from PostgreSQL resulted in an error (1 for error, 0 for success).',
);
const scrapes = counter('pg_exporter_scrapes_total', 'Total number of times PostgreSQL was scraped for metrics.');

const up = gauge(
  'pg_up',
  'Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no).',
);

/** postgres_exporter's metrics about its own scrapes. */
export class PostgresFacts implements ScrapeFacts {
  readonly #metrics = new MetricSet();
  #count = 0;

  readonly ended = (outcomes: readonly ProbeOutcome[]): void => {
    this.#metrics.set(scrapes, ++this.#count);
    this.#metrics.set(lastDuration, Math.max(0, ...outcomes.map(({ durationSeconds }) => durationSeconds)));
    // Without a data source it says that it reaches no server.
    if (outcomes.length === 0) this.#metrics.set(up, 0);
    this.#metrics.set(lastError, outcomes.some(isShort) ? 1 : 0);
  };

  readonly refused = (): void => {
    // Refused requests have no metric.
  };

  readonly families = (): readonly MetricFamily[] => this.#metrics.families();
}

/** Whether a server did not answer, or refused a custom query. */
function isShort({ failure, metrics }: ProbeOutcome): boolean {
  if (failure !== undefined) return true;
  for (const { value } of seriesNamed(metrics.rows, 'probe_postgres_refused_queries')) if (value > 0) return true;
  return false;
}
