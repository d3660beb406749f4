import { randomBytes } from 'node:crypto';
import type { Sample } from '../../metrics/metric-family.js';

/**
 * A table has room for so many times its numbers, so that searches are short: some 60 steps are the longest among
 * 100,000 numbers by chance (logarithm of their count, by Knuth's bounds for linear probing).
 */
const ROOM = 2;
/** More steps than this mean that somebody has chosen numbers that collide. */
const MOST_STEPS = 512;
/** Marks a free place; no number is 0. */
const FREE = 0;

/** Unknown outside, so that nobody can choose series for their numbers. */
const [SEED_A = 0, SEED_B = 0] = new Uint32Array(new Uint8Array(randomBytes(8)).buffer);

/**
 * Series of a family that were seen, by a number made of their labels: it takes a tenth of the memory of the labels
 * themselves, and none of V8's heap. Equal series have equal numbers; two others hardly ever.
 */
export class SeenSeries {
  readonly #length: number;
  #numbers: Float64Array | undefined;

  /** `length` is the most series that will come. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Adds a series; says whether an equal one may have been there. */
  mayRepeat(sample: Sample): boolean {
    if (this.#length < 2) return false;
    const numbers = (this.#numbers ??= new Float64Array(placesFor(this.#length)));
    const number = numberOf(sample);
    const mask = numbers.length - 1;
    let place = number & mask;
    for (let step = 0; step < MOST_STEPS; step++) {
      const there = numbers[place];
      if (there === number) return true;
      if (there === FREE) {
        numbers[place] = number;
        return false;
      }
      place = (place + 1) & mask;
    }
    return true;
  }
}

/** A power of two. */
function placesFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(length * ROOM));
}

const SEPARATOR = 0x1_0000;
const BITS_OF_B = 21;

/** Fifty-three bits of two hashes (FNV-1a, and the same with another prime), of which none is 0. */
function numberOf({ labels }: Sample): number {
  let a = 0x811c9dc5 ^ SEED_A;
  let b = 0x2545f491 ^ SEED_B;
  for (const { name, value } of labels) {
    for (let index = 0; index < name.length; index++) {
      const unit = name.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995);
    }
    a = Math.imul(a ^ SEPARATOR, 0x01000193);
    b = Math.imul(b ^ SEPARATOR, 0x5bd1e995);
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995);
    }
    a = Math.imul(a ^ SEPARATOR, 0x01000193);
    b = Math.imul(b ^ SEPARATOR, 0x5bd1e995);
  }
  return (a >>> 0) * 2 ** BITS_OF_B + (b >>> (32 - BITS_OF_B)) || 1;
}
