/** A power of two. */
const SLOTS = 2048;
/** Longer texts seldom occur twice. */
const LONGEST = 64;

/**
 * Strings for runs of ASCII bytes. Names and label values come again with every series; whoever is found here costs neither a call into
 * the engine nor memory. A slot holds the last text of its hash, so that no input makes it slow or large.
 */
export class StringCache {
  readonly #bytes: Buffer;
  readonly #slots = new Array<string>(SLOTS).fill('');

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The bytes from `start` to before `end`, all ASCII. `hash` is any number that equal bytes have in common. */
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
