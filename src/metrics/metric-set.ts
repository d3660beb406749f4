import { mapKey } from '../values/codec/map-key.js';
import { atOnce, type Steps } from '../values/in-slices.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
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
 * and to store. Only a set that grows beyond that gets an index.
 */
export class MetricSet {
  readonly #rows: OwnRow[] = [];
  readonly #added: MetricFamily[] = [];
  #labelCharacters = 0;
  /** Rows by metric and labels, from when there are many: a metric that has one row has no map for it. */
  #index: Map<MetricDefinition, OwnRow | Map<string, OwnRow>> | undefined;

  /** Sets the only value of a metric without labels. */
  set(metric: MetricDefinition<never>, value: number): void {
    this.#put(metric, NO_LABELS, value);
  }

  /** Sets the series of `metric` that has these label values, each cut after `longest` characters. */
  setWith<L extends string>(
    metric: MetricDefinition<L>,
    labels: LabelValues<L>,
    value: number,
    longest = LONGEST_LABEL_VALUE,
  ): void {
    this.#put(metric, labelValuesOf(metric, labels, longest), value);
  }

  /** Adds to the series of `metric` that has these label values. A new series starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const labelValues = labelValuesOf(metric, labels, LONGEST_LABEL_VALUE);
    this.#put(metric, labelValues, (this.#find(metric, labelValues)?.value ?? 0) + increment);
  }

  /** Adds a whole family, of histograms say. Its name must be of no other metric of the set. */
  add(family: MetricFamily): void {
    this.#added.push(family);
  }

  /** Every series that was set one by one, in the order in which they came. */
  get rows(): readonly MetricRow[] {
    return this.#rows;
  }

  /** How many characters the label values of all series have that were set one by one. */
  get labelCharacters(): number {
    return this.#labelCharacters;
  }

  /** The families that were added as wholes. */
  get added(): readonly MetricFamily[] {
    return this.#added;
  }

  /** Adds a series that the set does not have yet, as another set gave it. */
  append(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    this.#append({ metric, labelValues, value });
  }

  /** Whether there are families that `sorted` does not have. */
  get hasAdded(): boolean {
    return this.#added.length > 0;
  }

  /** Returns the value of a metric without labels, or undefined if it was not set. */
  get(metric: MetricDefinition<never>): number | undefined {
    return this.#find(metric, NO_LABELS)?.value;
  }

  /** Returns every series that was set one by one: metrics by their names, series by their label values. */
  sorted(): readonly MetricRow[] {
    return this.#rows.toSorted(byNameAndLabels);
  }

  /** The same in steps: a server may have chosen tens of thousands of rows. */
  *sortedInSteps(): Steps<readonly MetricRow[]> {
    return yield* sortedInSteps(this.#rows, byNameAndLabels);
  }

  /** Returns the series and the added families, in the same order. Definitions with the same name make one family. */
  families(): MetricFamily[] {
    return atOnce(this.familiesInSteps());
  }

  /** Makes the families in steps: a set whose rows a server has chosen may have tens of thousands. */
  *familiesInSteps(): Steps<MetricFamily[]> {
    const families = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
    let untilPause = ROWS_A_STEP;
    for (const { metric, labelValues, value } of yield* this.sortedInSteps()) {
      if (--untilPause === 0) {
        untilPause = ROWS_A_STEP;
        yield;
      }
      const { name, help, type, labelNames } = metric;
      let family = families.get(name);
      if (family === undefined) families.set(name, (family = { name, help, type, samples: [] }));
      const labels = labelNames.map((label, index) => ({ name: label, value: labelValues[index] ?? '' }));
      family.samples.push({ kind: 'value', labels, value });
    }
    if (!this.hasAdded) return [...families.values()];
    return [...families.values(), ...this.#added].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #put(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const known = this.#find(metric, labelValues);
    if (known === undefined) this.#append({ metric, labelValues, value });
    else known.value = value;
  }

  #append(row: OwnRow): void {
    this.#rows.push(row);
    for (const value of row.labelValues) this.#labelCharacters += value.length;
    if (this.#index !== undefined) this.#enter(row);
    else if (this.#rows.length > MOST_SEARCHED) {
      this.#index = new Map();
      for (const each of this.#rows) this.#enter(each);
    }
  }

  #enter(row: OwnRow): void {
    const ofMetric = this.#index?.get(row.metric);
    if (ofMetric === undefined) this.#index?.set(row.metric, row);
    else if (ofMetric instanceof Map) ofMetric.set(keyOf(row.labelValues), row);
    else {
      const rows = new Map([[keyOf(ofMetric.labelValues), ofMetric]]);
      this.#index?.set(row.metric, rows.set(keyOf(row.labelValues), row));
    }
  }

  #find(metric: MetricDefinition, labelValues: readonly string[]): OwnRow | undefined {
    if (this.#index !== undefined) {
      const ofMetric = this.#index.get(metric);
      if (ofMetric instanceof Map) return ofMetric.get(keyOf(labelValues));
      return ofMetric !== undefined && sameValues(ofMetric.labelValues, labelValues) ? ofMetric : undefined;
    }
    for (const row of this.#rows) {
      if (row.metric === metric && sameValues(row.labelValues, labelValues)) return row;
    }
    return undefined;
  }
}

/** Rows of which families are made before others may have their turn. */
const ROWS_A_STEP = 64;

/** Beyond this many rows an index is cheaper than a search. */
const MOST_SEARCHED = 64;

const NO_LABELS: readonly string[] = [];

/** One text for all values; those with more than one are written so that no two lists are alike. */
function keyOf(labelValues: readonly string[]): string {
  let key = labelValues[0] ?? '';
  for (let index = 1; index < labelValues.length; index++) {
    const value = labelValues[index] ?? '';
    // The length of what follows says where it begins, read from the end.
    key = `${key}${value}:${value.length}`;
  }
  return mapKey(key);
}

function labelValuesOf<L extends string>(
  metric: MetricDefinition<L>,
  labels: LabelValues<L>,
  longest: number,
): readonly string[] {
  return metric.labelNames.map((name) => bounded(labels[name], longest));
}

/**
 * The longest label value, in characters, unless `setWith` is told otherwise, since targets choose some of them: one
 * may be repeated by hundreds of series. Upstream has no limit.
 */
export const LONGEST_LABEL_VALUE = 16 * 1024;

function bounded(value: string, longest: number): string {
  if (value.length <= longest) return value;
  // A character is not cut in two.
  const cut = value.slice(0, longest - 1);
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
