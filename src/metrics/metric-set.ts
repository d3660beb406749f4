import type { MetricDefinition } from './metric-definition.js';
import type { MetricFamily, Sample } from './metric-family.js';

/** A value for each label name that the definition declares. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

/** One series: a metric, the values of its labels, and its value. */
export interface MetricRow {
  readonly metric: MetricDefinition;
  readonly labelValues: readonly string[];
  readonly value: number;
}

/** A row that only its own set may change. */
type OwnRow = MetricRow & { value: number };

/**
 * The metrics of one probe, in no particular order: writers sort. Setting a series again replaces its value.
 * A probe has ten to thirty series, so one list is searched: maps, or a list for each metric, would cost more to make
 * and to store.
 */
export class MetricSet {
  readonly #rows: OwnRow[] = [];

  /** Sets the only value of a metric without labels. */
  set(metric: MetricDefinition<never>, value: number): void {
    this.#put(metric, NO_LABELS, value);
  }

  /** Sets the series of `metric` that has these label values. */
  setWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, value: number): void {
    this.#put(metric, labelValuesOf(metric, labels), value);
  }

  /** Adds to the series of `metric` that has these label values. A new series starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const labelValues = labelValuesOf(metric, labels);
    this.#put(metric, labelValues, (this.#find(metric, labelValues)?.value ?? 0) + increment);
  }

  /** Returns the value of a metric without labels, or undefined if it was not set. */
  get(metric: MetricDefinition<never>): number | undefined {
    return this.#find(metric, NO_LABELS)?.value;
  }

  /** Returns every series: metrics in the order of their names, series in the order of their label values. */
  sorted(): readonly MetricRow[] {
    return this.#rows.toSorted(byNameAndLabels);
  }

  /** Returns the series as families, in the same order. Definitions with the same name make one family. */
  families(): MetricFamily[] {
    const families = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
    for (const { metric, labelValues, value } of this.sorted()) {
      const { name, help, type, labelNames } = metric;
      let family = families.get(name);
      if (family === undefined) families.set(name, (family = { name, help, type, samples: [] }));
      const labels = labelNames.map((label, index) => ({ name: label, value: labelValues[index] ?? '' }));
      family.samples.push({ kind: 'value', labels, value });
    }
    return [...families.values()];
  }

  #put(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const known = this.#find(metric, labelValues);
    if (known === undefined) this.#rows.push({ metric, labelValues, value });
    else known.value = value;
  }

  #find(metric: MetricDefinition, labelValues: readonly string[]): OwnRow | undefined {
    for (const row of this.#rows) {
      if (row.metric === metric && sameValues(row.labelValues, labelValues)) return row;
    }
    return undefined;
  }
}

const NO_LABELS: readonly string[] = [];

function labelValuesOf<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>): readonly string[] {
  return metric.labelNames.map((name) => bounded(labels[name]));
}

/**
 * The longest label value, in characters: what a target says ends up there. The names of a certificate with hundreds of
 * them fit; upstream has no bound.
 */
export const LONGEST_LABEL_VALUE = 16 * 1024;

function bounded(value: string): string {
  if (value.length <= LONGEST_LABEL_VALUE) return value;
  // A character is not cut in two.
  const cut = value.slice(0, LONGEST_LABEL_VALUE - 1);
  const last = cut.charCodeAt(cut.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`;
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/** The order of client_golang: by name, then by the number of labels, then by their values. */
function byNameAndLabels(a: MetricRow, b: MetricRow): number {
  if (a.metric !== b.metric && a.metric.name !== b.metric.name) return a.metric.name < b.metric.name ? -1 : 1;
  if (a.labelValues.length !== b.labelValues.length) return a.labelValues.length - b.labelValues.length;
  for (let index = 0; index < a.labelValues.length; index++) {
    const value = a.labelValues[index] ?? '';
    const other = b.labelValues[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
