import type { Clock } from '../values/clock.js';
import type { MetricFamily } from './metric-family.js';
import type { LabelValues } from './metric-set.js';

/** Name, labels, quantiles and time window of a summary. */
export interface SummaryDefinition<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** Values from 0 to 1, ascending. */
  readonly quantiles: readonly number[];
  /** How long an observation counts for the quantiles. Sum and count are never reset. */
  readonly windowSeconds: number;
}

/**
 * Quantiles are exact over this many of the last observations in the window, which bounds the memory of a series (16
 * KiB).
 */
const LARGEST_SAMPLE = 1024;

interface Series {
  readonly labelValues: readonly string[];
  /** Two rings: the last observations and their times. */
  readonly values: Float64Array;
  readonly times: Float64Array;
  sum: number;
  count: number;
}

/**
 * Sum, count and quantiles of observations, with a series for each combination of label values. As in client_golang, a
 * quantile is NaN while there is no observation in the window. client_golang estimates over all observations in five
 * overlapping windows; here see LARGEST_SAMPLE.
 */
export class Summary<L extends string> {
  readonly #definition: SummaryDefinition<L>;
  readonly #clock: Clock;
  readonly #labelNames: readonly L[];
  readonly #series = new Map<string, Series>();

  constructor(definition: SummaryDefinition<L>, clock: Clock) {
    this.#definition = definition;
    this.#clock = clock;
    this.#labelNames = [...definition.labelNames].sort();
    // As in client_golang, a summary without labels is there from the beginning.
    if (definition.labelNames.length === 0) this.#seriesOf([]);
  }

  observe(labels: LabelValues<L>, value: number): void {
    const series = this.#seriesOf(this.#labelNames.map((name) => labels[name]));
    const place = series.count % LARGEST_SAMPLE;
    series.values[place] = value;
    series.times[place] = this.#clock.monotonicSeconds();
    series.count++;
    series.sum += value;
  }

  #seriesOf(labelValues: readonly string[]): Series {
    const key = labelValues.join('\uffff');
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const [values, times] = [new Float64Array(LARGEST_SAMPLE), new Float64Array(LARGEST_SAMPLE)];
    const series = { labelValues, values, times, sum: 0, count: 0 };
    this.#series.set(key, series);
    return series;
  }

  /** Returns the series in the order of their label values. */
  family(): MetricFamily {
    const { name, help, quantiles } = this.#definition;
    const keys = [...this.#series.keys()].sort();
    const samples = keys.flatMap((key) => {
      const series = this.#series.get(key);
      if (series === undefined) return [];
      const window = this.#window(series);
      const labels = this.#labelNames.map((label, index) => ({ name: label, value: series.labelValues[index] ?? '' }));
      const { sum, count } = series;
      const values = quantiles.map((quantile) => ({ quantile, value: quantileOf(window, quantile) }));
      return [{ kind: 'summary' as const, labels, quantiles: values, sum, count }];
    });
    return { name, help, type: 'summary', samples };
  }

  /** The observations in the window, ascending; none where nobody asks for a quantile of them. */
  #window({ values, times, count }: Series): Float64Array {
    if (this.#definition.quantiles.length === 0) return NO_OBSERVATIONS;
    const since = this.#clock.monotonicSeconds() - this.#definition.windowSeconds;
    return values
      .subarray(0, count)
      .filter((_value, place) => (times[place] ?? 0) > since)
      .sort();
  }
}

const NO_OBSERVATIONS = new Float64Array(0);

/** The smallest observation that at least this part of the observations does not exceed. */
function quantileOf(ascending: Float64Array, quantile: number): number {
  return ascending[Math.max(Math.ceil(ascending.length * quantile) - 1, 0)] ?? NaN;
}
