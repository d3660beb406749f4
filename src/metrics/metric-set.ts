import { atOnce, type Steps } from '../values/in-slices.js';
import { MOST_INSERTED, sortFew } from '../values/lists/sort-few.js';
import { sortedInSteps } from '../values/lists/sorted-in-steps.js';
import { boundedLabels, haveLabels, haveValues, labelValuesOf, LONGEST_LABEL_VALUE } from './kept/label-values.js';
import { byNameAndLabels, ownLabel, sameValues, SeriesColumns, type SeriesRows } from './kept/metric-row.js';
import { SeriesIndex } from './kept/series-index.js';
import { SeriesOfName } from './kept/series-of-name.js';
import type { MetricDefinition } from './metric-definition.js';
import type { MetricFamily } from './metric-family.js';
import type { StreamedFamily } from './series-list.js';

export { seriesNamed, type SeriesRows } from './kept/metric-row.js';

/** A value for each label name that the definition declares. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

/**
 * The metrics of one probe, in no particular order: writers sort. Setting a series again replaces its value.
 * A probe has ten to thirty series, so one list is searched: maps, or a list for each metric, would cost more to make
 * and to store. Only a set that grows beyond that gets an index. Series are columns, not objects: a server may choose
 * tens of thousands, and while they come each would have to be copied by a collection of garbage.
 */
export class MetricSet {
  readonly #rows = new SeriesColumns();
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
    const next = this.#next(metric);
    if (next !== undefined && haveLabels(metric.labelNames, next, labels, longest)) this.#add(metric, next, value);
    else this.#put(metric, labelValuesOf(metric, labels, longest), value);
  }

  /**
   * Sets the series of `metric` that has these values of its labels, in the order of its `labelNames`. The list is kept
   * as it is, so that series of the same labels can share one.
   */
  setValues(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const next = this.#next(metric);
    if (next !== undefined && haveValues(next, labelValues)) this.#add(metric, next, value);
    else this.#put(metric, boundedLabels(labelValues), value);
  }

  /** Adds to the series of `metric` that has these label values. A new series starts at zero. */
  addWith<L extends string>(metric: MetricDefinition<L>, labels: LabelValues<L>, increment: number): void {
    const labelValues = labelValuesOf(metric, labels, LONGEST_LABEL_VALUE);
    this.#put(metric, labelValues, (this.#valueOf(metric, labelValues) ?? 0) + increment);
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
  get rows(): SeriesRows {
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
    const next = this.#next(metric);
    if (next !== undefined && sameValues(next, labelValues)) this.#add(metric, next, value);
    else this.#append(metric, labelValues, value);
  }

  /** Whether there are families that `sorted` does not have. */
  get hasAdded(): boolean {
    return this.#added.length > 0;
  }

  /** Returns the value of a metric without labels, or undefined if it was not set. */
  get(metric: MetricDefinition<never>): number | undefined {
    return this.#valueOf(metric, NO_LABELS);
  }

  /** Returns the places of `rows`, metrics by their names, series by their label values. */
  sorted(): readonly number[] {
    const places: number[] = [];
    for (let place = 0; place < this.#rows.length; place++) places.push(place);
    const compare = byNameAndLabels(this.#rows);
    return places.length <= MOST_INSERTED ? sortFew(places, compare) : places.sort(compare);
  }

  /** The same in steps: a server may have chosen tens of thousands of rows. */
  *sortedInSteps(): Steps<readonly number[]> {
    return yield* sortedInSteps(yield* this.#places(), byNameAndLabels(this.#rows));
  }

  /** Returns the series and the added families, in the same order. Definitions with the same name make one family. */
  families(): MetricFamily[] {
    return atOnce(this.familiesInSteps()).map((family) => ({ ...family, samples: [...family.samples] }));
  }

  /**
   * Makes the families in steps: a set whose rows a server has chosen may have tens of thousands. Their series are
   * those of the set whenever somebody reads them.
   */
  *familiesInSteps(): Steps<StreamedFamily[]> {
    const families: StreamedFamily[] = [];
    const places = yield* this.sortedInSteps();
    let series: SeriesOfName | undefined;
    for (const [at, place] of places.entries()) {
      if (at % ROWS_A_STEP === ROWS_A_STEP - 1) yield;
      const metric = this.#rows.metric(place);
      if (metric === undefined) continue;
      const { name, help, type } = metric;
      if (name !== families.at(-1)?.name) {
        series = new SeriesOfName(this.#rows, places, at);
        families.push({ name, help, type, samples: series });
      }
      series?.extendTo(at);
    }
    if (!this.hasAdded) return families;
    return [...families, ...this.#added].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  *#places(): Steps<number[]> {
    const places: number[] = [];
    for (let place = 0; place < this.#rows.length; place++) {
      if (place % PLACES_A_STEP === PLACES_A_STEP - 1) yield;
      places.push(place);
    }
    return places;
  }

  /** The label values of the next series of the set before, if all came in its order and this one is of `metric`. */
  #next(metric: MetricDefinition): readonly string[] | undefined {
    if (this.#before === undefined || !this.#isInOrder) return undefined;
    const place = this.#rows.length;
    return this.#before.#rows.metric(place) === metric ? this.#before.#rows.labelValues(place) : undefined;
  }

  /** Adds a series that is not in this set yet; one of the set before, if all until here were. */
  #add(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    this.#rows.push(metric, labelValues, value);
    for (const each of labelValues) this.#labelCharacters += each.length;
    if (this.#rows.length % ROWS_A_TELLING === 0) this.#onGrowth?.();
  }

  #put(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    const next = this.#next(metric);
    if (next !== undefined && sameValues(next, labelValues)) {
      this.#add(metric, next, value);
      return;
    }
    const known = this.#find(metric, labelValues);
    if (known === undefined) this.#append(metric, labelValues, value);
    else this.#rows.setValue(known, value);
  }

  #append(metric: MetricDefinition, labelValues: readonly string[], value: number): void {
    if (this.#isInOrder) this.#cursor = this.#rows.length;
    this.#isInOrder = false;
    if (this.#isIndexShared) this.#index = undefined;
    this.#isIndexShared = false;
    const isOwn = !this.#isKept || labelValues === NO_LABELS;
    const own = isOwn ? labelValues : this.#keptLabels(metric, labelValues);
    this.#index?.enter(metric, own, this.#rows.length);
    this.#add(metric, own, value);
  }

  /** The label values of that series in the set before, or copies where it has none. */
  #keptLabels(metric: MetricDefinition, labelValues: readonly string[]): readonly string[] {
    const before = this.#before;
    if (before === undefined) return this.#ownLabels(labelValues);
    let place: number | undefined = this.#cursor;
    if (!before.#has(place, metric, labelValues)) {
      place = before.#indexed().find(metric, labelValues);
    }
    if (place === undefined) return this.#ownLabels(labelValues);
    this.#cursor = place + 1;
    return before.#rows.labelValues(place);
  }

  /** One copy for all series that follow each other with the very same list. */
  #ownLabels(labelValues: readonly string[]): readonly string[] {
    if (labelValues !== this.#given) this.#owned = labelValues.map(ownLabel);
    this.#given = labelValues;
    return this.#owned;
  }

  #valueOf(metric: MetricDefinition, labelValues: readonly string[]): number | undefined {
    const place = this.#find(metric, labelValues);
    return place === undefined ? undefined : this.#rows.value(place);
  }

  #find(metric: MetricDefinition, labelValues: readonly string[]): number | undefined {
    const { length } = this.#rows;
    if (this.#index !== undefined || length > MOST_SEARCHED) {
      const place = this.#indexed().find(metric, labelValues);
      // The index of the set before also has series that may come later.
      return place === undefined || place >= length ? undefined : place;
    }
    // So few are in the first block.
    const [first] = this.#rows.columns;
    for (let place = 0; place < length; place++) {
      if (first?.metrics[place] === metric && sameValues(first.labelValues[place] ?? [], labelValues)) return place;
    }
    return undefined;
  }

  #has(place: number, metric: MetricDefinition, labelValues: readonly string[]): boolean {
    return this.#rows.metric(place) === metric && sameValues(this.#rows.labelValues(place), labelValues);
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

/** Rows that are counted before others may have their turn. */
const PLACES_A_STEP = 4096;

/** New rows of which somebody may be told. */
const ROWS_A_TELLING = 256;

/** Beyond this many rows an index is cheaper than a search. */
const MOST_SEARCHED = 64;

const NO_LABELS: readonly string[] = [];
