/** The number of slots, a power of two. */
const SLOTS = 2048;
/** Longer texts are not cached: they rarely occur twice. */
const LONGEST = 64;

/**
 * A cache of strings for runs of ASCII bytes. Names and label values repeat with every series, and a hit costs neither
 * decoding nor memory. A slot holds the last text with its hash, so no input makes the cache slow or large.
 */
export class StringCache {
  readonly #bytes: Buffer;
  readonly #slots = new Array<string>(SLOTS).fill('');

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Returns the text of the bytes from `start` to before `end`, all ASCII. `hash` must be equal for equal bytes. */
  text(start: number, end: number, hash: number): string {
    if (end - start > LONGEST) return this.#bytes.toString('latin1', start, end);
    const slot = hash & (SLOTS - 1);
    const known = this.#slots[slot] ?? '';
    if (this.#isAt(start, end, known)) return known;
    const text = this.#bytes.toString('latin1', start, end);
    this.#slots[slot] = text;
    return text;
  }

  #isAt(start: number, end: number, text: string): boolean {
    const bytes = this.#bytes;
    if (text.length !== end - start) return false;
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== bytes[start + index]) return false;
    }
    return true;
  }
}
