import type { Sample } from '../../metrics/metric-family.js';

/**
 * Series of a family that were seen, by a number made of their labels: it takes a tenth of the memory of the labels
 * themselves. Equal series have equal numbers; two others hardly ever, unless somebody looks for such.
 */
export class SeenSeries {
  readonly #numbers = new Set<number>();

  /** Adds a series; says whether an equal one may have been there. */
  mayRepeat(sample: Sample): boolean {
    const before = this.#numbers.size;
    this.#numbers.add(numberOf(sample));
    return this.#numbers.size === before;
  }
}

const SEPARATOR = 0x1_0000;
const BITS_OF_B = 21;

/** Fifty-three bits of two hashes (FNV-1a, and the same with another prime). */
function numberOf({ labels }: Sample): number {
  let a = 0x811c9dc5;
  let b = 0x2545f491;
  const take = (text: string): void => {
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x5bd1e995);
    }
    a = Math.imul(a ^ SEPARATOR, 0x01000193);
    b = Math.imul(b ^ SEPARATOR, 0x5bd1e995);
  };
  for (const { name, value } of labels) {
    take(name);
    take(value);
  }
  return (a >>> 0) * 2 ** BITS_OF_B + (b >>> (32 - BITS_OF_B));
}
