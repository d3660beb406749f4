/** A part that grows beyond this is divided. */
const MOST_IN_PART = 256;

/**
 * Items in the order of their keys, as texts are compared. It is never changed: `with` and `without` return another
 * list, which shares nearly all of it, so that a list that somebody reads costs nothing to keep.
 */
export class SortedList<T> {
  readonly #keyOf: (item: T) => string;
  /** None of them is empty. */
  readonly #parts: readonly (readonly T[])[];
  readonly length: number;

  private constructor(keyOf: (item: T) => string, parts: readonly (readonly T[])[], length: number) {
    this.#keyOf = keyOf;
    this.#parts = parts;
    this.length = length;
  }

  /** Returns a list without items. `keyOf` must give the same key for an item whenever it is asked. */
  static empty<T>(keyOf: (item: T) => string): SortedList<T> {
    return new SortedList(keyOf, [], 0);
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (const part of this.#parts) yield* part;
  }

  /** Works like Array's slice, for positions that are not negative. */
  slice(from: number, to: number): readonly T[] {
    const found: T[] = [];
    let at = 0;
    for (const part of this.#parts) {
      if (at >= to) break;
      if (at + part.length > from) found.push(...part.slice(Math.max(0, from - at), to - at));
      at += part.length;
    }
    return found;
  }

  /** Returns the list with the item, in place of the one with the same key. */
  with(item: T): SortedList<T> {
    const key = this.#keyOf(item);
    const nth = this.#partOf(key);
    const part = this.#parts[nth] ?? [];
    const at = this.#placeIn(part, key);
    const isThere = this.#keyAt(part, at) === key;
    const changed = part.toSpliced(at, isThere ? 1 : 0, item);
    const half = changed.length > MOST_IN_PART ? changed.length >>> 1 : changed.length;
    const halves = [changed.slice(0, half), changed.slice(half)].filter(({ length }) => length > 0);
    return new SortedList(this.#keyOf, this.#parts.toSpliced(nth, 1, ...halves), this.length + (isThere ? 0 : 1));
  }

  /** Returns the list without the item of that key; itself if there is none. */
  without(key: string): SortedList<T> {
    const nth = this.#partOf(key);
    const part = this.#parts[nth] ?? [];
    const at = this.#placeIn(part, key);
    if (this.#keyAt(part, at) !== key) return this;
    const left = part.length === 1 ? [] : [part.toSpliced(at, 1)];
    return new SortedList(this.#keyOf, this.#parts.toSpliced(nth, 1, ...left), this.length - 1);
  }

  #keyAt(part: readonly T[], at: number): string | undefined {
    const item = part[at];
    return item === undefined ? undefined : this.#keyOf(item);
  }

  /** The part in which the key is or would be. */
  #partOf(key: string): number {
    let [from, to] = [0, this.#parts.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const first = this.#keyAt(this.#parts[middle] ?? [], 0);
      if (first !== undefined && first <= key) from = middle + 1;
      else to = middle;
    }
    return Math.max(0, from - 1);
  }

  /** The first place in a part whose key is not less. */
  #placeIn(part: readonly T[], key: string): number {
    let [from, to] = [0, part.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const found = this.#keyAt(part, middle);
      if (found !== undefined && found < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
