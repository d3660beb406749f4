import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import { MetricSet, seriesNamed } from '../../../metrics/metric-set.js';
import { Summary } from '../../../metrics/summary.js';
import { textOf } from '../../../probe/error-text.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import type { Clock } from '../../../values/clock.js';
import type { ScrapeFacts } from '../server-exporter.js';

// Names, types and texts are those of redis_exporter 1.86.
const lastConnect = gauge(
  'redis_exporter_last_scrape_connect_time_seconds',
  'exporter_last_scrape_connect_time_seconds metric',
);
const lastDuration = gauge(
  'redis_exporter_last_scrape_duration_seconds',
  'exporter_last_scrape_duration_seconds metric',
);
const lastError = gauge('redis_exporter_last_scrape_error', 'The last scrape error status.', ['err']);
const requestErrors = counter('redis_target_scrape_request_errors_total', 'Errors in requests to the exporter');
const keyGroups = gauge(
  'redis_last_key_groups_scrape_duration_milliseconds',
  'Duration of the last key group metrics scrape in milliseconds',
);
const scrapes = counter('redis_exporter_scrapes_total', 'Current total redis scrapes.');

const DURATIONS = {
  name: 'redis_exporter_scrape_duration_seconds',
  help: 'Durations of scrapes by the exporter',
  labelNames: [],
  quantiles: [],
  windowSeconds: 600,
} as const;

/** redis_exporter's metrics about its own scrapes. */
export class RedisFacts implements ScrapeFacts {
  readonly #durations: Summary<never>;
  #count = 0;
  #refused = 0;
  #last: MetricSet = new MetricSet();

  constructor(clock: Clock) {
    this.#durations = new Summary(DURATIONS, clock);
  }

  readonly ended = ([outcome]: readonly ProbeOutcome[]): void => {
    this.#last.set(scrapes, ++this.#count);
    if (outcome === undefined) return;
    const { metrics, durationSeconds, failure } = outcome;
    this.#durations.observe({}, durationSeconds);
    const last = new MetricSet();
    last.set(scrapes, this.#count);
    last.set(lastDuration, durationSeconds);
    const err = failure === undefined ? '' : textOf(failure.fields['err'] ?? failure.message);
    last.setWith(lastError, { err }, failure === undefined ? 0 : 1);
    last.set(lastConnect, connectSeconds(metrics));
    // The prober has the duration where it has grouped keys. Upstream shows it once it has reached the server.
    const isGrouped = hasMetric(metrics, keyGroups.name);
    if (failure === undefined && !isGrouped) last.set(keyGroups, 0);
    this.#last = last;
  };

  readonly refused = (): void => {
    this.#refused++;
  };

  readonly families = (): readonly MetricFamily[] => {
    this.#last.set(requestErrors, this.#refused);
    return [...this.#last.families(), this.#durations.family()];
  };
}

function hasMetric({ rows }: MetricSet, name: string): boolean {
  return rows.columns.some(({ metrics }) => metrics.some((metric) => metric.name === name));
}

const CONNECTING = new Set(['resolve', 'connect', 'tls']);

/** The time until the server could be asked, or until that failed, in seconds. */
function connectSeconds(metrics: MetricSet): number {
  let seconds = 0;
  for (const { labelValues, value } of seriesNamed(metrics.rows, 'probe_redis_duration_seconds')) {
    if (CONNECTING.has(labelValues[0] ?? '')) seconds += value;
  }
  return seconds;
}
