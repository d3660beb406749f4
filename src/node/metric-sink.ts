import type { MetricDefinition } from '../metrics/metric-definition.js';
import type { MetricFamily } from '../metrics/metric-family.js';
import type { LabelValues } from '../metrics/metric-set.js';

/**
 * Takes what a collector has found. A series given twice counts once, with its first value, and the scrape says so.
 * NaN is what the parsers make of a word where a number should stand: such a series is left out, and it alone.
 */
export interface MetricSink {
  /** The one value of a metric without labels. */
  readonly set: (metric: MetricDefinition<never>, value: number) => void;
  /** One series of a metric with labels. */
  readonly setWith: <L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, value: number) => void;
  /** A whole family, for what is more than plain values or whose labels differ from series to series. */
  readonly add: (family: MetricFamily) => void;
  /** Says that a line, file or device was passed over, and why; a collector that finds nothing else has failed with that. */
  readonly passOver: (why: string | Error) => void;
}

/** One plain value; the label values are in the order of the definition's names. */
export interface CollectedSeries {
  readonly labelValues: readonly string[];
  readonly value: number;
}

const NO_LABELS: readonly string[] = [];

/** What one collector gave in one scrape, until it is closed. */
export class CollectedMetrics implements MetricSink {
  readonly series = new Map<MetricDefinition, CollectedSeries[]>();
  readonly families: MetricFamily[] = [];
  #isClosed = false;
  #oddity: Error | undefined;

  /** Why a series was left out, the first time that one was. */
  get oddity(): string | undefined {
    return this.#oddity?.message;
  }

  /** Throws the oddity where it left nothing else. */
  assertNotAllOdd(): void {
    if (this.#oddity !== undefined && this.series.size === 0 && this.families.length === 0) throw this.#oddity;
  }

  readonly set: MetricSink['set'] = (metric, value) => {
    this.#put(metric, { labelValues: NO_LABELS, value });
  };

  readonly setWith: MetricSink['setWith'] = (metric, labels, value) => {
    this.#put(metric, { labelValues: metric.labelNames.map((name) => labels[name]), value });
  };

  readonly add: MetricSink['add'] = (family) => {
    if (!this.#isClosed) this.families.push(family);
  };

  readonly passOver: MetricSink['passOver'] = (why) => {
    this.#oddity ??= typeof why === 'string' ? new Error(why) : why;
  };

  /** Takes nothing more: the scrape has gone on without this collector. */
  close(): void {
    this.#isClosed = true;
  }

  #put(metric: MetricDefinition, series: CollectedSeries): void {
    if (this.#isClosed) return;
    if (Number.isNaN(series.value)) {
      this.passOver(`what stands for ${metric.name} is no number`);
      return;
    }
    const known = this.series.get(metric);
    if (known === undefined) this.series.set(metric, [series]);
    else known.push(series);
  }
}
