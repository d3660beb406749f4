import { Histogram } from '../../../metrics/histogram.js';
import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { MetricFamily } from '../../../metrics/metric-family.js';
import { MetricSet } from '../../../metrics/metric-set.js';

const scheduledTargets = gauge('sonde_schedule_targets', 'Targets that this process probes by its own schedule.');
const inFlight = gauge('sonde_schedule_probes_in_flight', 'Probes of the schedule that are running now.');
const skipped = counter(
  'sonde_schedule_skipped_total',
  'Probes of the schedule that were not run: late, still running, unknown_module, refused by the module, or worker_lost.',
  ['reason'],
);

/** Why a probe of the schedule was not run. */
export const SKIP_REASONS = ['late', 'running', 'unknown_module', 'refused', 'worker_lost'] as const;

/** One of these reasons. */
export type SkipReason = (typeof SKIP_REASONS)[number];

const DELAY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Gauges that are read from their owners at each scrape. */
export interface ScheduleGauges {
  readonly targets: () => number;
  readonly inFlight: () => number;
}

/** The metrics of the schedule itself. */
export class ScheduleMetrics {
  readonly #gauges: ScheduleGauges;
  readonly #metrics = new MetricSet();
  readonly #delays = new Histogram({
    name: 'sonde_schedule_start_delay_seconds',
    help: 'How much later than planned the probes of the schedule were started; its count is their number.',
    labelNames: [],
    upperBounds: DELAY_BUCKETS_SECONDS,
  });

  constructor(gauges: ScheduleGauges) {
    this.#gauges = gauges;
    for (const reason of SKIP_REASONS) this.#metrics.setWith(skipped, { reason }, 0);
  }

  started(delaySeconds: number): void {
    this.#delays.observe({}, Math.max(0, delaySeconds));
  }

  skipped(reason: SkipReason, count = 1): void {
    this.#metrics.addWith(skipped, { reason }, count);
  }

  readonly gather = (): readonly MetricFamily[] => {
    this.#metrics.set(scheduledTargets, this.#gauges.targets());
    this.#metrics.set(inFlight, this.#gauges.inFlight());
    return [...this.#metrics.families(), this.#delays.family()];
  };
}
