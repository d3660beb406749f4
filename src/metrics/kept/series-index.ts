import { mapKey } from '../../values/codec/map-key.js';
import type { MetricDefinition } from '../metric-definition.js';
import { type MetricRow, sameValues } from './metric-row.js';

/** The places of series by metric and labels: a metric that has one series has no map for it. */
export class SeriesIndex {
  readonly #rows: readonly MetricRow[];
  readonly #places = new Map<MetricDefinition, number | Map<string, number>>();
  /** Of the series before: the columns of a row share its values, and each is looked for before it is entered. */
  #values: readonly string[] = [];
  #key = keyOf([]);

  /** `rows` may grow; each new one is to be entered. */
  constructor(rows: readonly MetricRow[]) {
    this.#rows = rows;
    for (const [place, row] of rows.entries()) this.enter(row, place);
  }

  enter({ metric, labelValues }: MetricRow, place: number): void {
    const known = this.#places.get(metric);
    if (known === undefined) this.#places.set(metric, place);
    else if (typeof known !== 'number') known.set(this.#keyOf(labelValues), place);
    else {
      const places = new Map([[keyOf(this.#rows[known]?.labelValues ?? []), known]]);
      this.#places.set(metric, places.set(this.#keyOf(labelValues), place));
    }
  }

  find(metric: MetricDefinition, labelValues: readonly string[]): number | undefined {
    const known = this.#places.get(metric);
    if (known === undefined) return undefined;
    if (typeof known !== 'number') return known.get(this.#keyOf(labelValues));
    return sameValues(this.#rows[known]?.labelValues ?? [], labelValues) ? known : undefined;
  }

  #keyOf(labelValues: readonly string[]): string {
    if (labelValues === this.#values) return this.#key;
    this.#values = labelValues;
    return (this.#key = keyOf(labelValues));
  }
}

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
