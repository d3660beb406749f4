import type { Label } from './metric-family.js';

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

/** Label names, and values of each, that are looked for. */
const MOST_NAMES = 64;
const MOST_VALUES = 256;

/**
 * Labels that occur again with other series are one object: of a large exposition's memory that is a fifth. No input
 * makes the cache large.
 */
export class LabelCache {
  readonly #byName = new Map<string, Map<string, Label>>();

  /** The label of that name and value, which nobody changes. */
  label(name: string, value: string): Label {
    const byValue = this.#byName.get(name) ?? this.#begin(name);
    if (byValue === undefined || value.length > LONGEST) return { name, value };
    const known = byValue.get(value);
    if (known !== undefined) return known;
    const label = { name, value };
    if (byValue.size < MOST_VALUES) byValue.set(value, label);
    return label;
  }

  #begin(name: string): Map<string, Label> | undefined {
    if (this.#byName.size >= MOST_NAMES) return undefined;
    const byValue = new Map<string, Label>();
    this.#byName.set(name, byValue);
    return byValue;
  }
}
