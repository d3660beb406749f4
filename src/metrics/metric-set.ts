import { atOnce, type Steps } from '../values/in-slices.js';
import { MOST_INSERTED, sortFew } from '../values/lists/sort-few.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
import { boundedLabels, haveLabels, haveValues, labelValuesOf, LONGEST_LABEL_VALUE } from './kept/label-values.js';
import { byNameAndLabels, type MetricRow, ownLabel, sameValues } from './kept/metric-row.js';
import { SeriesIndex } from './kept/series-index.js';
import type { MetricDefinition } from './metric-definition.js';
import type { MetricFamily, Sample } from './metric-family.js';

export type { MetricRow } from './kept/metric-row.js';

/** A value for each label name that the definition declares. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

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
  #index: SeriesIndex | undefined;
  /** Whether the index is that of the set before, which nobody may change. */
  #isIndexShared = false;
  #before: MetricSet | undefined;
  /** Whether all series have come in the order of the set before. */
  #isInOrder = false;
  /** Where the series that may come next is in the set before, if they do not. */
  #cursor = 0;
  #isKept = false;
  #onGrowth: (() => void) | undefined;
  #given = NO_LABELS;
  #owned = NO_LABELS;

  /**
   * A set that is kept until the next one of the same source is made, with the series of `before` in mind: what comes
   * in the same order needs no search, and has the very same `labelValues`.
   */
  static following(before: MetricSet | undefined): MetricSet {
    const set = new MetricSet();
    set.#isKept = true;
    if (before === undefined || !before.isKept) return set;
    set.#before = before;
    set.#isInOrder = true;
    // Only the last one is kept, not all before it.
    before.#before = undefined;
    return set;
  }

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
    const next = this.#next();
    if (next?.metric === metric && haveLabels(metric.labelNames, next, labels, longest)) this.#goOn(next, value);
    else this.#put(metric, labelValuesOf(metric, labels, longest), value);
  }

  /**
   * Sets the series of `metric` that has these values of its labels, in the order of its `labelNames`. The list is kept
   * as it is, so that series of the same labels can share one.
   */
  setValues(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const next = this.#next();
    if (next?.metric === metric && haveValues(next.labelValues, labelValues)) this.#goOn(next, value);
    else this.#put(metric, boundedLabels(labelValues), value);
  }

  /** Adds to the series of `metric` that has these label values. A new series starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const labelValues = labelValuesOf(metric, labels, LONGEST_LABEL_VALUE);
    this.#put(metric, labelValues, (this.#find(metric, labelValues)?.value ?? 0) + increment);
  }

  /** Calls back for each ROWS_A_TELLING rows that are new; what that throws goes to whoever sets the last of them. */
  tellGrowth(onGrowth: (() => void) | undefined): void {
    this.#onGrowth = onGrowth;
  }

  /** Whether the set was made to be kept: its label values are no parts of longer texts. */
  get isKept(): boolean {
    return this.#isKept;
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
    const next = this.#next();
    if (next?.metric === metric && sameValues(next.labelValues, labelValues)) this.#goOn(next, value);
    else this.#append({ metric, labelValues, value });
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
    const rows = [...this.#rows];
    return rows.length <= MOST_INSERTED ? sortFew(rows, byNameAndLabels) : rows.sort(byNameAndLabels);
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

  /** The series that comes next if all come in the order of the set before. */
  #next(): OwnRow | undefined {
    const before = this.#before;
    return before === undefined || !this.#isInOrder ? undefined : before.#rows[this.#rows.length];
  }

  /** The series is that of the set before. All until here were too, so that it is not in this set yet. */
  #goOn({ metric, labelValues }: OwnRow, value: number): void {
    this.#rows.push({ metric, labelValues, value });
    this.#count(labelValues);
  }

  #put(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const next = this.#next();
    if (next?.metric === metric && sameValues(next.labelValues, labelValues)) {
      this.#goOn(next, value);
      return;
    }
    const known = this.#find(metric, labelValues);
    if (known === undefined) this.#append({ metric, labelValues, value });
    else known.value = value;
  }

  #append(row: OwnRow): void {
    if (this.#isInOrder) this.#cursor = this.#rows.length;
    this.#isInOrder = false;
    if (this.#isIndexShared) this.#index = undefined;
    this.#isIndexShared = false;
    const isOwn = !this.#isKept || row.labelValues === NO_LABELS;
    const own = isOwn ? row : { ...row, labelValues: this.#keptLabels(row) };
    this.#index?.enter(own, this.#rows.length);
    this.#rows.push(own);
    this.#count(own.labelValues);
  }

  /** The label values of that series in the set before, or copies where it has none. */
  #keptLabels({ metric, labelValues }: MetricRow): readonly string[] {
    const before = this.#before;
    if (before === undefined) return this.#ownLabels(labelValues);
    let known = before.#rows[this.#cursor];
    if (known?.metric !== metric || !sameValues(known.labelValues, labelValues)) {
      const place = before.#indexed().find(metric, labelValues);
      known = place === undefined ? undefined : before.#rows[place];
      if (place !== undefined) this.#cursor = place;
    }
    if (known === undefined) return this.#ownLabels(labelValues);
    this.#cursor++;
    return known.labelValues;
  }

  /** One copy for all series that follow each other with the very same list. */
  #ownLabels(labelValues: readonly string[]): readonly string[] {
    if (labelValues !== this.#given) this.#owned = labelValues.map(ownLabel);
    this.#given = labelValues;
    return this.#owned;
  }

  #count(labelValues: readonly string[]): void {
    for (const value of labelValues) this.#labelCharacters += value.length;
    if (this.#rows.length % ROWS_A_TELLING === 0) this.#onGrowth?.();
  }

  #find(metric: MetricDefinition, labelValues: readonly string[]): OwnRow | undefined {
    if (this.#index !== undefined || this.#rows.length > MOST_SEARCHED) {
      const place = this.#indexed().find(metric, labelValues);
      // The index of the set before also has series that may come later.
      return place === undefined ? undefined : this.#rows[place];
    }
    for (const row of this.#rows) {
      if (row.metric === metric && sameValues(row.labelValues, labelValues)) return row;
    }
    return undefined;
  }

  #indexed(): SeriesIndex {
    if (this.#index !== undefined) return this.#index;
    const before = this.#before;
    this.#isIndexShared = before !== undefined && this.#isInOrder;
    const index = before !== undefined && this.#isInOrder ? before.#indexed() : new SeriesIndex(this.#rows);
    this.#index = index;
    return index;
  }
}

/** Rows of which families are made before others may have their turn. */
const ROWS_A_STEP = 64;

/** New rows of which somebody may be told. */
const ROWS_A_TELLING = 256;

/** Beyond this many rows an index is cheaper than a search. */
const MOST_SEARCHED = 64;

const NO_LABELS: readonly string[] = [];
