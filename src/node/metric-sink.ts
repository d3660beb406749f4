import type { MetricDefinition } from '../metrics/metric-definition.js';
import type { Label, MetricFamily, Sample } from '../metrics/metric-family.js';
import type { LabelValues } from '../metrics/metric-set.js';

/**
 * Receives the metrics of a collector. A duplicate series counts once, with its first value, and the scrape reports it.
 * Parsers return NaN for a word where a number should be; only that series is left out.
 */
export interface MetricSink {
  /** Sets the only value of a metric without labels. */
  readonly set: (metric: MetricDefinition<never>, value: number) => void;
  /** Sets one series of a metric with labels. */
  readonly setWith: <L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, value: number) => void;
  /** Adds a whole family, for values that are not plain numbers, or labels that differ between series. */
  readonly add: (family: MetricFamily) => void;
  /**
   * Reports that a line, file or device was skipped, and why. If the collector finds nothing else, it fails with this
   * reason.
   */
  readonly passOver: (why: string | Error) => void;
}

const NO_LABELS: readonly Label[] = [];

/** The metrics of one collector in one scrape, until it is closed. */
export class CollectedMetrics implements MetricSink {
  readonly series = new Map<MetricDefinition, Sample[]>();
  readonly families: MetricFamily[] = [];
  #isClosed = false;
  #oddity: Error | undefined;

  /** Why the first series was left out. */
  get oddity(): string | undefined {
    return this.#oddity?.message;
  }

  /** Throws the first problem if nothing else was found. */
  assertNotAllOdd(): void {
    if (this.#oddity !== undefined && this.series.size === 0 && this.families.length === 0) throw this.#oddity;
  }

  readonly set: MetricSink['set'] = (metric, value) => {
    this.#put(metric, NO_LABELS, value);
  };

  readonly setWith: MetricSink['setWith'] = (metric, labels, value) => {
    const given: Label[] = [];
    for (const name of metric.labelNames) given.push({ name, value: labels[name] });
    this.#put(metric, given, value);
  };

  readonly add: MetricSink['add'] = (family) => {
    if (!this.#isClosed) this.families.push(family);
  };

  readonly passOver: MetricSink['passOver'] = (why) => {
    this.#oddity ??= typeof why === 'string' ? new Error(why) : why;
  };

  /** Ignores further metrics: the scrape has finished without this collector. */
  close(): void {
    this.#isClosed = true;
  }

  #put(metric: MetricDefinition, labels: readonly Label[], value: number): void {
    if (this.#isClosed) return;
    if (Number.isNaN(value)) {
      this.passOver(`what stands for ${metric.name} is no number`);
      return;
    }
    const series: Sample = { kind: 'value', labels, value };
    const known = this.series.get(metric);
    if (known === undefined) this.series.set(metric, [series]);
    else known.push(series);
  }
}
