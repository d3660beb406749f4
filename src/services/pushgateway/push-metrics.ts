import { getHeapStatistics } from 'node:v8';
import { counter, gauge } from '../../metrics/metric-definition.js';
import type { MetricFamily } from '../../metrics/metric-family.js';
import { MetricSet } from '../../metrics/metric-set.js';
import { Summary } from '../../metrics/summary.js';
import type { Clock } from '../../values/clock.js';
import { droppedLogLines, internalErrors } from '../own-metrics.js';

const requests = counter(
  'pushgateway_http_requests_total',
  'Total HTTP requests processed by the Pushgateway, excluding scrapes.',
  ['code', 'handler', 'method'],
);
const groups = gauge('sonde_pushgateway_groups', 'Groups that are stored.');
const series = gauge(
  'sonde_pushgateway_series',
  'Series that are stored, as Prometheus counts them, push times included.',
);
const expired = counter(
  'sonde_pushgateway_groups_expired_total',
  'Groups that went because their time to live was over.',
);
const leftOut = gauge(
  'sonde_pushgateway_series_left_out',
  'Series that are stored but that this scrape leaves out because they do not fit to others.',
);
const refused = counter('sonde_pushgateway_pushes_refused_total', 'Pushes that were refused, by the reason.', [
  'reason',
]);
const persistenceOk = gauge(
  'sonde_pushgateway_persistence_ok',
  'Whether what is pushed is being kept as --persistence.file asks for.',
);
const heapUsed = gauge(
  'sonde_pushgateway_heap_used_bytes',
  'Heap in use of the thread that has what was pushed, in bytes.',
);
const heapLimit = gauge(
  'sonde_pushgateway_heap_limit_bytes',
  'Heap that the thread that has what was pushed will not exceed, in bytes.',
);

/** Why pushes are refused: they cannot be read, do not fit, are too much, or could not be kept. */
export const REFUSAL_REASONS = ['malformed', 'inconsistent', 'limit', 'not_kept'] as const;

/** Why a push was refused. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The options of both of upstream's summaries; the window is client_golang's default. */
const SUMMARY = { labelNames: ['method'], quantiles: [0.1, 0.5, 0.9], windowSeconds: 600 } as const;

/** Values that are looked up at each scrape, in place of being counted. */
export interface PushGauges {
  readonly groups: () => number;
  readonly series: () => number;
  readonly expired: () => number;
  readonly persistenceProblem: () => string | undefined;
  readonly droppedLogLines: () => number;
}

/** The pushgateway's own metrics. Names that upstream has are upstream's. */
export class PushMetrics {
  readonly #gauges: PushGauges;
  readonly #metrics = new MetricSet();
  readonly #sizes: Summary<'method'>;
  readonly #durations: Summary<'method'>;

  constructor(gauges: PushGauges, clock: Clock) {
    this.#gauges = gauges;
    const durations = {
      name: 'pushgateway_http_push_duration_seconds',
      help: 'HTTP request duration for pushes to the Pushgateway.',
    };
    const sizes = {
      name: 'pushgateway_http_push_size_bytes',
      help: 'HTTP request size for pushes to the Pushgateway.',
    };
    this.#durations = new Summary({ ...SUMMARY, ...durations }, clock);
    this.#sizes = new Summary({ ...SUMMARY, ...sizes }, clock);
    this.#metrics.set(internalErrors, 0);
    this.#metrics.set(leftOut, 0);
    for (const reason of REFUSAL_REASONS) this.#metrics.setWith(refused, { reason }, 0);
  }

  /** A request that one of upstream's handlers would have counted. */
  answered(handler: string, method: string, code: number): void {
    this.#metrics.addWith(requests, { handler, method: method.toLowerCase(), code: String(code) }, 1);
  }

  pushed(method: string, { seconds, bytes }: { readonly seconds: number; readonly bytes: number }): void {
    this.#durations.observe({ method: method.toLowerCase() }, seconds);
    this.#sizes.observe({ method: method.toLowerCase() }, bytes);
  }

  refused(reason: RefusalReason): void {
    this.#metrics.addWith(refused, { reason }, 1);
  }

  /** Notes how many series the scrape leaves out; returns whether that is news. */
  setLeftOut(count: number): boolean {
    const isNews = this.#metrics.get(leftOut) !== count;
    this.#metrics.set(leftOut, count);
    return isNews;
  }

  internalError(): void {
    this.#metrics.addWith(internalErrors, {}, 1);
  }

  readonly gather = (): readonly MetricFamily[] => {
    this.#metrics.set(groups, this.#gauges.groups());
    this.#metrics.set(series, this.#gauges.series());
    this.#metrics.set(expired, this.#gauges.expired());
    this.#metrics.set(persistenceOk, this.#gauges.persistenceProblem() === undefined ? 1 : 0);
    // A thread has a heap of its own, of which nodejs_* of the main thread knows nothing.
    const heap = getHeapStatistics();
    this.#metrics.set(heapUsed, heap.used_heap_size);
    this.#metrics.set(heapLimit, heap.heap_size_limit);
    this.#metrics.set(droppedLogLines, this.#gauges.droppedLogLines());
    return [...this.#metrics.families(), this.#durations.family(), this.#sizes.family()];
  };
}
