import type { MetricDefinition } from './metric-definition.js';
import type { MetricFamily, Sample } from './metric-family.js';

/** The values of labels, one for each name that the definition declares. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

interface Series {
  readonly labelValues: readonly string[];
  value: number;
}

/**
 * The metrics of one probe, in the order of nothing in particular; writers sort. Setting a series again replaces its value.
 * A probe has a dozen or two, so lists are searched: maps would cost more to make and to keep.
 */
export class MetricSet {
  readonly #metrics: MetricDefinition[] = [];
  /** The series of the metric at the same place. */
  readonly #series: Series[][] = [];

  /** Sets the one value of a metric without labels. */
  set(metric: MetricDefinition<never>, value: number): void {
    this.#put(metric, NO_LABELS, value);
  }

  /** Sets the series of `metric` that has these label values. */
  setWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, value: number): void {
    this.#put(metric, labelValuesOf(metric, labels), value);
  }

  /** Adds to the series of `metric` that has these label values, which starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const labelValues = labelValuesOf(metric, labels);
    this.#put(metric, labelValues, (this.#find(metric, labelValues)?.value ?? 0) + increment);
  }

  /** The value of a metric without labels, if it was set. */
  get(metric: MetricDefinition<never>): number | undefined {
    return this.#find(metric, NO_LABELS)?.value;
  }

  /** Calls `visit` for every series, metrics in the order of their names and series in the order of their label values. */
  visit(visit: (metric: MetricDefinition, labelValues: readonly string[], value: number) => void): void {
    const order = this.#metrics.map((metric, index) => ({ metric, series: this.#series[index] ?? [] }));
    for (const { metric, series } of order.sort((a, b) => (a.metric.name < b.metric.name ? -1 : 1))) {
      const rows = series.length > 1 ? series.toSorted(byLabelValues) : series;
      for (const row of rows) visit(metric, row.labelValues, row.value);
    }
  }

  /** The same as families, for writers that are not in a hurry. Definitions of one name make one family. */
  families(): MetricFamily[] {
    const families = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
    this.visit(({ name, help, type, labelNames }, labelValues, value) => {
      let family = families.get(name);
      if (family === undefined) families.set(name, (family = { name, help, type, samples: [] }));
      const labels = labelNames.map((label, index) => ({ name: label, value: labelValues[index] ?? '' }));
      family.samples.push({ kind: 'value', labels, value });
    });
    return [...families.values()];
  }

  #put(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const known = this.#find(metric, labelValues);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const index = this.#metrics.indexOf(metric);
    if (index === -1) {
      this.#metrics.push(metric);
      this.#series.push([{ labelValues, value }]);
    } else {
      this.#series[index]?.push({ labelValues, value });
    }
  }

  #find(metric: MetricDefinition, labelValues: readonly string[]): Series | undefined {
    return this.#series[this.#metrics.indexOf(metric)]?.find((series) => sameValues(series.labelValues, labelValues));
  }
}

const NO_LABELS: readonly string[] = [];

function labelValuesOf<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>): readonly string[] {
  return metric.labelNames.map((name) => labels[name]);
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.every((value, index) => value === b[index]);
}

function byLabelValues(a: Series, b: Series): number {
  for (const [index, value] of a.labelValues.entries()) {
    const other = b.labelValues[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
