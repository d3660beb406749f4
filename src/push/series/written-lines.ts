import type { Sample } from '../../metrics/metric-family.js';
import { orderKey } from '../../metrics/sort-families.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import { SERIES_A_STEP } from './series-checks.js';

/** How many series are in a piece. */
const SERIES_A_PIECE = 256;
const FIRST_BYTES = 2048;
const MOST_BYTES = 256 * 1024;
/** A character has at most three bytes in UTF-8 (a pair of surrogates four). */
const BYTES_A_CHARACTER = 3;

/** The lines of series as they come, which can be put in order afterwards. */
export class WrittenLines {
  /** Blocks that are not moved when more comes: a large family takes no more than its text. */
  readonly #blocks: Buffer[] = [];
  #filled = 0;
  /** The block of each series, where its text begins there, and where it ends. */
  readonly #places: Uint32Array;
  #length = 0;

  /** `length` is the number of series. */
  constructor(length: number) {
    this.#places = new Uint32Array(length * NUMBERS_A_PLACE);
  }

  add(text: string): void {
    const block = this.#blockFor(text.length * BYTES_A_CHARACTER);
    const from = this.#filled;
    this.#filled += block.write(text, from);
    this.#places.set([this.#blocks.length - 1, from, this.#filled], this.#length * NUMBERS_A_PLACE);
    this.#length += 1;
  }

  /** Yields the lines in pieces, in the given order of their places, or as they came. */
  *pieces(order?: readonly number[]): Generator<Buffer> {
    for (let at = 0; at < this.#length; at += SERIES_A_PIECE) {
      const count = Math.min(SERIES_A_PIECE, this.#length - at);
      const lines = Array.from({ length: count }, (_none, nth) => this.#lineAt(order?.[at + nth] ?? at + nth));
      yield Buffer.concat(lines);
    }
  }

  #lineAt(place: number): Buffer {
    const at = place * NUMBERS_A_PLACE;
    const [block = 0, from = 0, to = 0] = this.#places.subarray(at, at + NUMBERS_A_PLACE);
    return (this.#blocks[block] ?? NOTHING).subarray(from, to);
  }

  #blockFor(bytes: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#filled + bytes <= last.length) return last;
    const size = Math.min(MOST_BYTES, (last?.length ?? FIRST_BYTES / 2) * 2);
    const block = Buffer.allocUnsafe(Math.max(bytes, size));
    this.#blocks.push(block);
    this.#filled = 0;
    return block;
  }
}

const NUMBERS_A_PLACE = 3;
const NOTHING = Buffer.alloc(0);

/** The places of series in the order of an exposition. */
export class SeriesOrder {
  readonly #keys: string[] = [];

  /** Adds a sample. Returns false if no text can tell its order; then the order is not known at all. */
  add(sample: Sample): boolean {
    const key = orderKey(sample);
    if (key === undefined) return false;
    this.#keys.push(key);
    return true;
  }

  /** Sorts in steps, and returns the places. */
  *places(): Generator<undefined, readonly number[]> {
    const keys = this.#keys;
    const places = Array.from(keys, (_key, place) => place);
    return yield* sortedInSteps(places, (a, b) => compareTexts(keys[a] ?? '', keys[b] ?? ''));
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
