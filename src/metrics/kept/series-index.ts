import { mapKey } from '../../values/codec/map-key.js';
import type { MetricDefinition } from '../metric-definition.js';
import type { SeriesRows } from './metric-row.js';

/** Of more series with the same labels than these the metrics are looked up, not gone through. */
const MOST_IN_CHAIN = 64;

/** The series with the same labels: the place of the last one, which leads to those before, or the places by metric. */
type SameLabels = number | Map<MetricDefinition, number>;

/**
 * The places of series by labels and metric. The series of one row of a server, a metric for each column, share their
 * labels and have one key in all: a map for each metric would grow with every other one in the same moment.
 */
export class SeriesIndex {
  readonly #rows: SeriesRows;
  readonly #byLabels = new Map<string, SameLabels>();
  /** For each place the one before with the same labels; -1 where there is none. */
  readonly #before: number[] = [];
  /** Of the series before: the columns of a row share its values, and each is looked for before it is entered. */
  #values: readonly string[] = [];
  #key = keyOf([]);

  /** `rows` may grow; each new one is to be entered. */
  constructor(rows: SeriesRows) {
    this.#rows = rows;
    let place = 0;
    for (const { metric, labelValues } of rows) this.enter(metric, labelValues, place++);
  }

  enter(metric: MetricDefinition, labelValues: readonly string[], place: number): void {
    const key = this.#keyOf(labelValues);
    const known = this.#byLabels.get(key);
    if (known instanceof Map) known.set(metric, place);
    else {
      this.#before[place] = known ?? -1;
      this.#byLabels.set(key, place);
    }
  }

  find(metric: MetricDefinition, labelValues: readonly string[]): number | undefined {
    const known = this.#byLabels.get(this.#keyOf(labelValues));
    if (known instanceof Map) return known.get(metric);
    let length = 0;
    for (let place = known ?? -1; place >= 0; place = this.#before[place] ?? -1) {
      if (this.#rows.metric(place) === metric) return place;
      if (++length > MOST_IN_CHAIN) return this.#unchained(known ?? -1).get(metric);
    }
    return undefined;
  }

  /** Makes the chain from `last` a map. */
  #unchained(last: number): Map<MetricDefinition, number> {
    const places = new Map<MetricDefinition, number>();
    for (let place = last; place >= 0; place = this.#before[place] ?? -1) {
      const metric = this.#rows.metric(place);
      if (metric !== undefined) places.set(metric, place);
    }
    this.#byLabels.set(this.#key, places);
    return places;
  }

  #keyOf(labelValues: readonly string[]): string {
    if (labelValues === this.#values) return this.#key;
    this.#values = labelValues;
    return (this.#key = keyOf(labelValues));
  }
}

/** One text for all values; those with more than one are written so that no two lists of a metric are alike. */
function keyOf(labelValues: readonly string[]): string {
  let key = labelValues[0] ?? '';
  for (let index = 1; index < labelValues.length; index++) {
    const value = labelValues[index] ?? '';
    // The length of what follows says where it begins, read from the end.
    key = `${key}${value}:${value.length}`;
  }
  return mapKey(key);
}
