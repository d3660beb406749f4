import type { BucketSpan, NativeBuckets, NativeHistogram } from '../metric-family.js';
import { nativeBound } from './native-bounds.js';

/** Bounds are 2^(1/8) apart: 9 %. */
const FINEST_SCHEMA = 3;
/** The most buckets. Beyond them, buckets are merged in pairs, so that the memory of a histogram is bounded. */
const MOST_BUCKETS = 100;
/** The default of client_golang: values up to it count as zero. */
const ZERO_THRESHOLD = 2 ** -128;

const NONE: NativeBuckets = { spans: [], counts: [] };

/** The sparse buckets of a native histogram of observations from zero up. Grows with the buckets that are populated. */
export class NativeCounts {
  #schema = FINEST_SCHEMA;
  #zeroCount = 0;
  /** The populated buckets, ascending, and the count of each at the same place. */
  #indexes: number[] = [];
  #counts: number[] = [];

  /** Negative numbers and NaN, which no duration is, count as zero. */
  observe(value: number): void {
    if (!(value > ZERO_THRESHOLD)) {
      this.#zeroCount++;
      return;
    }
    const index = bucketOf(value, this.#schema);
    const at = this.#placeOf(index);
    if (this.#indexes[at] === index) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    else {
      this.#indexes.splice(at, 0, index);
      this.#counts.splice(at, 0, 1);
      while (this.#indexes.length > MOST_BUCKETS) this.#coarsen();
    }
  }

  /** The buckets as they are now. */
  snapshot(): NativeHistogram {
    const positive = { spans: spansOf(this.#indexes), counts: [...this.#counts] };
    return {
      schema: this.#schema,
      zeroThreshold: ZERO_THRESHOLD,
      zeroCount: this.#zeroCount,
      negative: NONE,
      positive,
    };
  }

  /** The index of the bucket, or the index at which it would be inserted. */
  #placeOf(index: number): number {
    let [low, high] = [0, this.#indexes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#indexes[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A bucket of the next coarser schema has two of this one. */
  #coarsen(): void {
    const indexes: number[] = [];
    const counts: number[] = [];
    for (const [at, index] of this.#indexes.entries()) {
      const merged = (index + 1) >> 1;
      const count = this.#counts[at] ?? 0;
      if (indexes.at(-1) === merged) counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
      else {
        indexes.push(merged);
        counts.push(count);
      }
    }
    this.#indexes = indexes;
    this.#counts = counts;
    this.#schema--;
  }
}

/** The bucket whose upper bound is the first that is not below `value`. */
function bucketOf(value: number, schema: number): number {
  // The logarithm is right to its last digits, and the bounds decide.
  let index = Math.ceil(Math.log2(value) * 2 ** schema);
  while (nativeBound(index, schema) < value) index++;
  while (nativeBound(index - 1, schema) >= value) index--;
  return index;
}

function spansOf(indexes: readonly number[]): readonly BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else spans.push({ offset: last === undefined ? index : index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}
