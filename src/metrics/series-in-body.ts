import type { Sample } from './metric-family.js';
import type { NumberList } from './number-list.js';
import { type SeriesList, seriesOf } from './series-list.js';

/** Gives the series that was found at a position of a body, again and again. */
export type ReadAgain = (place: number) => Sample;

/** Facts about a body, collected while it is read. */
export interface SeriesInBodyFacts {
  /** The number of series as Prometheus counts them. */
  readonly seriesCount: number;
  readonly hasTimestamps: boolean;
}

/**
 * Series that were parsed and validated, but stay bytes of the body. Each becomes an object only while a caller
 * iterates over it, because objects of all series take several times the memory of the body.
 */
export class SeriesInBody implements SeriesList {
  readonly seriesCount: number;
  readonly hasTimestamps: boolean;
  readonly #places: NumberList;
  readonly #read: ReadAgain;

  constructor(places: NumberList, read: ReadAgain, { seriesCount, hasTimestamps }: SeriesInBodyFacts) {
    this.#places = places;
    this.#read = read;
    this.seriesCount = seriesCount;
    this.hasTimestamps = hasTimestamps;
  }

  get length(): number {
    return this.#places.length;
  }

  *[Symbol.iterator](): Generator<Sample, void> {
    for (const place of this.#places) yield this.#read(place);
  }

  readonly slice = (from: number, to: number): readonly Sample[] => this.#places.slice(from, to).map(this.#read);
}

/** The number of series as Prometheus counts them. */
export function countSeries(samples: SeriesList): number {
  if (samples instanceof SeriesInBody) return samples.seriesCount;
  let count = 0;
  for (const sample of samples) count += seriesOf(sample);
  return count;
}

/** Whether any of them has a timestamp. */
export function hasTimestamps(samples: SeriesList): boolean {
  if (samples instanceof SeriesInBody) return samples.hasTimestamps;
  for (const { timestampMs } of samples) if (timestampMs !== undefined) return true;
  return false;
}
