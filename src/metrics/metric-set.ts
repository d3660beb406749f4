import type { MetricDefinition } from './metric-definition.js';
import type { MetricFamily, Sample } from './metric-family.js';

/** The values of labels, one for each name that the definition declares. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

interface Series {
  readonly labelValues: readonly string[];
  readonly value: number;
}

/** Joins label values into a map key; the separator cannot stand in a label value that came from UTF-8 text. */
const SEPARATOR = '\uffff';

/** The metrics of one probe, in the order of nothing in particular; writers sort. Setting a series again replaces its value. */
export class MetricSet {
  readonly #plain = new Map<MetricDefinition, number>();
  readonly #labelled = new Map<MetricDefinition, Map<string, Series>>();

  /** Sets the one value of a metric without labels. */
  set(metric: MetricDefinition<never>, value: number): void {
    this.#plain.set(metric, value);
  }

  /** Sets the series of `metric` that has these label values. */
  setWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, value: number): void {
    const labelValues = metric.labelNames.map((name) => labels[name]);
    let series = this.#labelled.get(metric);
    if (series === undefined) this.#labelled.set(metric, (series = new Map<string, Series>()));
    series.set(labelValues.join(SEPARATOR), { labelValues, value });
  }

  /** Adds to the series of `metric` that has these label values, which starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const key = metric.labelNames.map((name) => labels[name]).join(SEPARATOR);
    this.setWith(metric, labels, (this.#labelled.get(metric)?.get(key)?.value ?? 0) + increment);
  }

  /** The value of a metric without labels, if it was set. */
  get(metric: MetricDefinition<never>): number | undefined {
    return this.#plain.get(metric);
  }

  /** Calls `visit` for every series, metrics in the order of their names and series in the order of their label values. */
  visit(visit: (metric: MetricDefinition, labelValues: readonly string[], value: number) => void): void {
    const metrics = [...this.#plain.keys(), ...this.#labelled.keys()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const metric of metrics) {
      const plain = this.#plain.get(metric);
      if (plain !== undefined) visit(metric, NO_LABELS, plain);
      const labelled = this.#labelled.get(metric);
      if (labelled === undefined) continue;
      const rows = [...labelled.values()];
      if (rows.length > 1) rows.sort(byLabelValues);
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
}

const NO_LABELS: readonly string[] = [];

function byLabelValues(a: Series, b: Series): number {
  for (const [index, value] of a.labelValues.entries()) {
    const other = b.labelValues[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
