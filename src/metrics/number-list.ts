const FIRST_ROOM = 4;

/**
 * A list of whole numbers up to 2^32, outside of V8's heap where it is long: a long array that has to grow ends the
 * process, not the thread, where the heap is too small for it.
 */
export class NumberList implements Iterable<number> {
  #numbers = new Uint32Array(FIRST_ROOM);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const more = new Uint32Array(this.#length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.#length++] = number;
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (let index = 0; index < this.#length; index++) yield this.#numbers[index] ?? 0;
  }

  /** Works as `slice` of arrays, for positions that are not negative. */
  slice(from: number, to: number): number[] {
    return [...this.#numbers.subarray(from, Math.min(to, this.#length))];
  }
}
