import { GobError } from './gob-error.js';

/** Reads the numbers and bytes of Go's encoding/gob from a part of a buffer. Each method throws GobError. */
export class GobBytes {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, { at = 0, end = bytes.length }: { readonly at?: number; readonly end?: number } = {}) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The offset of the next byte in the whole buffer. */
  get offset(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /**
   * Reads an unsigned number: a byte below 128 is the number, any other byte is the negated length of a big-endian
   * number. Numbers from 2^53 are refused: nothing that is read here is as large.
   */
  uint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const length = 0x100 - first;
    if (length > 8) throw this.error(`a number of ${length} bytes`);
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 0x100 + this.#byte();
    if (value > Number.MAX_SAFE_INTEGER) throw this.error('a number above 2^53');
    return value;
  }

  /** Reads a signed number: the lowest bit says whether the others are inverted. */
  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value - 1) / 2 - 1;
  }

  /** Reads the number of elements that follow. Each has at least one byte, so there are at most as many as bytes. */
  count(): number {
    const count = this.uint();
    if (count > this.#end - this.#at) throw this.error(`${count} elements in ${this.#end - this.#at} bytes`);
    return count;
  }

  /** Returns bytes that follow their length, without a copy. */
  bytes(): Buffer {
    const from = this.#take();
    return this.#bytes.subarray(from, this.#at);
  }

  /** Returns a reader of the bytes that follow their length. */
  part(): GobBytes {
    const from = this.#take();
    return new GobBytes(this.#bytes, { at: from, end: this.#at });
  }

  /**
   * Reads a struct, which is a list of fields that ends with 0. `read` gets the index of each field and reads its
   * value; it returns false for a field that it does not know.
   */
  struct(read: (field: number) => boolean): void {
    for (let field = -1; ;) {
      const step = this.uint();
      if (step === 0) return;
      field += step;
      if (!read(field)) throw this.error(`field ${field} of a struct that has fewer`);
    }
  }

  error(problem: string): GobError {
    return new GobError(this.#at, problem);
  }

  /** Skips bytes that follow their length, and returns where they begin. */
  #take(): number {
    const length = this.count();
    const from = this.#at;
    this.#at += length;
    return from;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw this.error('the file ends within a value');
    this.#at++;
    return byte;
  }
}
