import type { Sample } from '../metric-family.js';
import type { SeriesStream } from '../series-list.js';
import type { SeriesRows } from './metric-row.js';

/** The series of one name in a set: objects for all of them would be copied by each collection of garbage. */
export class SeriesOfName implements SeriesStream {
  readonly #rows: SeriesRows;
  readonly #places: readonly number[];
  readonly #from: number;
  #to: number;

  /** They begin at `from` in the sorted places of the rows. */
  constructor(rows: SeriesRows, places: readonly number[], from: number) {
    [this.#rows, this.#places] = [rows, places];
    this.#from = from;
    this.#to = from;
  }

  /** Makes the series at `at` the last one. */
  extendTo(at: number): void {
    this.#to = at + 1;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  *[Symbol.iterator](): Generator<Sample, undefined> {
    for (let at = this.#from; at < this.#to; at++) yield sampleAt(this.#rows, this.#places[at] ?? -1);
  }
}

function sampleAt(rows: SeriesRows, place: number): Sample {
  const own = rows.labelValues(place);
  const names = rows.metric(place)?.labelNames ?? [];
  const labels = names.map((label, index) => ({ name: label, value: own[index] ?? '' }));
  return { kind: 'value', labels, value: rows.value(place) };
}
