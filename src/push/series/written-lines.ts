import type { Sample } from '../../metrics/metric-family.js';
import { orderKey } from '../../metrics/sort-families.js';
import { sortSteps } from '../../metrics/sort-steps.js';
import { SERIES_A_STEP } from './series-checks.js';

/** How many series are in a piece. */
const SERIES_A_PIECE = 256;
const FIRST_BYTES = 2048;
/** A character has at most three bytes in UTF-8 (a pair of surrogates four). */
const BYTES_A_CHARACTER = 3;

/** The lines of series as they come, which can be put in order afterwards. */
export class WrittenLines {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #filled = 0;
  /** Where the text of each series ends. */
  readonly #ends: Uint32Array;
  #length = 0;

  /** For so many series. */
  constructor(length: number) {
    this.#ends = new Uint32Array(length);
  }

  add(text: string): void {
    const needed = this.#filled + text.length * BYTES_A_CHARACTER;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#filled += this.#bytes.write(text, this.#filled);
    this.#ends[this.#length++] = this.#filled;
  }

  /** All of it in pieces, in that order of their places, or as they came. */
  *pieces(order?: readonly number[]): Generator<Buffer> {
    for (let at = 0; at < this.#length; at += SERIES_A_PIECE) {
      const end = Math.min(at + SERIES_A_PIECE, this.#length);
      yield order === undefined
        ? Buffer.from(this.#bytes.subarray(this.#startOf(at), this.#startOf(end)))
        : this.#gather(order.slice(at, end));
    }
  }

  #gather(places: readonly number[]): Buffer {
    let bytes = 0;
    for (const place of places) bytes += this.#startOf(place + 1) - this.#startOf(place);
    const piece = Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const place of places) {
      at += this.#bytes.copy(piece, at, this.#startOf(place), this.#startOf(place + 1));
    }
    return piece;
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] ?? 0);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#filled);
    this.#bytes = larger;
  }
}

/** The places of series in the order of an exposition. */
export class SeriesOrder {
  readonly #keys: string[] = [];

  /** False where the order of this one cannot be told by a text: then there is none of all. */
  add(sample: Sample): boolean {
    const key = orderKey(sample);
    if (key === undefined) return false;
    this.#keys.push(key);
    return true;
  }

  /** In steps. */
  *places(): Generator<undefined, readonly number[]> {
    const keys = this.#keys;
    const places = Array.from(keys, (_key, place) => place);
    return yield* sortSteps(places, (a, b) => compareTexts(keys[a] ?? '', keys[b] ?? ''));
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order of series; undefined where it cannot be told by texts. */
export function* orderOfSeries(samples: Iterable<Sample>): Generator<undefined, readonly number[] | undefined> {
  const order = new SeriesOrder();
  let count = 0;
  for (const sample of samples) {
    if (++count % SERIES_A_STEP === 0) yield;
    if (!order.add(sample)) return undefined;
  }
  return yield* order.places();
}
