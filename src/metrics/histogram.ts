import type { MetricFamily } from './metric-family.js';
import type { LabelValues } from './metric-set.js';

interface Series {
  readonly labelValues: readonly string[];
  /** One count for each bound and one for the values above all bounds. The counts are not cumulative. */
  readonly counts: number[];
  sum: number;
}

/** What a histogram is called and which buckets it has. */
export interface HistogramDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** The bounds in ascending order, without +Inf, which is added. */
  readonly upperBounds: readonly number[];
}

/** Counts observations in buckets. Each combination of label values is a series. */
export class Histogram<L extends string> {
  readonly #definition: HistogramDefinition<L>;
  readonly #labelNames: readonly L[];
  readonly #series = new Map<string, Series>();

  constructor(definition: HistogramDefinition<L>) {
    this.#definition = definition;
    this.#labelNames = [...definition.labelNames].sort();
  }

  observe(labels: LabelValues<L>, value: number): void {
    const labelValues = this.#labelNames.map((name) => labels[name]);
    const key = labelValues.join('\uffff');
    const { upperBounds } = this.#definition;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labelValues, counts: new Array<number>(upperBounds.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    const fitting = upperBounds.findIndex((bound) => value <= bound);
    const index = fitting < 0 ? upperBounds.length : fitting;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += value;
  }

  family(): MetricFamily {
    const { name, help, upperBounds } = this.#definition;
    const bounds = [...upperBounds, Infinity];
    const keys = [...this.#series.keys()].sort();
    const samples = keys.flatMap((key) => {
      const series = this.#series.get(key);
      if (series === undefined) return [];
      let count = 0;
      const buckets = bounds.map((upperBound, index) => {
        count += series.counts[index] ?? 0;
        return { upperBound, cumulativeCount: count };
      });
      const labels = this.#labelNames.map((label, index) => ({ name: label, value: series.labelValues[index] ?? '' }));
      return [{ kind: 'histogram' as const, labels, buckets, sum: series.sum, count }];
    });
    return { name, help, type: 'histogram', samples };
  }
}
