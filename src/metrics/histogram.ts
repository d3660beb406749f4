import type { Bucket, HistogramSample, Label, MetricFamily } from './metric-family.js';
import type { LabelValues } from './metric-set.js';

interface Series {
  /** The sort key. */
  readonly key: string;
  /** One count for each bound and one for the values above all bounds. The counts are not cumulative. */
  readonly counts: number[];
  /** The exposed sample. Its cumulative buckets are computed on access. */
  readonly sample: HistogramSample & { readonly labels: readonly Label[]; sum: number; count: number };
}

/** Name, labels and buckets of a histogram. */
export interface HistogramDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** The bounds in ascending order, without +Inf, which is added. */
  readonly upperBounds: readonly number[];
}

/**
 * Counts observations in buckets. Each combination of label values is a series. There may be thousands of series, so
 * that they are kept in order, and nothing is done for each of them when somebody asks for all.
 */
export class Histogram<L extends string> {
  readonly #definition: HistogramDefinition<L>;
  readonly #labelNames: readonly L[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();
  /** The series in the order of their keys. */
  readonly #sorted: Series[] = [];

  constructor(definition: HistogramDefinition<L>) {
    this.#definition = definition;
    this.#labelNames = [...definition.labelNames].sort();
    this.#bounds = [...definition.upperBounds, Infinity];
  }

  observe(labels: LabelValues<L>, value: number): void {
    let key = '';
    for (const name of this.#labelNames) key += `${labels[name]}\uffff`;
    const { counts, sample } = this.#series.get(key) ?? this.#begin(key, labels);
    const index = this.#bucketOf(value);
    counts[index] = (counts[index] ?? 0) + 1;
    sample.sum += value;
    sample.count++;
  }

  family(): MetricFamily {
    const { name, help } = this.#definition;
    return { name, help, type: 'histogram', samples: this.#sorted.map(({ sample }) => sample) };
  }

  #bucketOf(value: number): number {
    const last = this.#bounds.length - 1;
    let index = 0;
    while (index < last && !(value <= (this.#bounds[index] ?? Infinity))) index++;
    return index;
  }

  #begin(key: string, of: LabelValues<L>): Series {
    const bounds = this.#bounds;
    const counts = new Array<number>(bounds.length).fill(0);
    const labels = this.#labelNames.map((name) => ({ name, value: of[name] }));
    const sample = {
      ...{ kind: 'histogram' as const, labels, sum: 0, count: 0 },
      get buckets() {
        return bucketsOf(bounds, counts);
      },
    };
    const series = { key, counts, sample };
    this.#series.set(key, series);
    this.#sorted.splice(this.#placeOf(key), 0, series);
    return series;
  }

  /** The number of series whose keys come before. */
  #placeOf(key: string): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#sorted[middle]?.key ?? '') < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function bucketsOf(bounds: readonly number[], counts: readonly number[]): readonly Bucket[] {
  let count = 0;
  return bounds.map((upperBound, index) => {
    count += counts[index] ?? 0;
    return { upperBound, cumulativeCount: count };
  });
}
