import type { GroupingKey, PushedGroup } from './pushed-group.js';

/** A group as it was before a change, undefined where there was none. */
export interface GroupBefore {
  readonly key: GroupingKey;
  readonly group: PushedGroup | undefined;
}

/**
 * Changes that are in memory and not kept yet. What cannot be kept must not stay: a client that is told so pushes again, and sums would count twice.
 * Changes are kept in their order, so where one fails, all that came after it fail too.
 */
export class UnkeptChanges {
  readonly #waiting = new Set<readonly GroupBefore[]>();

  /** Notes what is about to be changed; the result is what `settle` takes. */
  begin(before: readonly GroupBefore[]): readonly GroupBefore[] {
    this.#waiting.add(before);
    return before;
  }

  /** The change is kept. */
  settle(before: readonly GroupBefore[]): void {
    this.#waiting.delete(before);
  }

  /** What to make of which group, one after the other, so that no change is left that is not kept. */
  takeAll(): readonly GroupBefore[] {
    const all = [...this.#waiting].reverse().flatMap((before) => [...before].reverse());
    this.#waiting.clear();
    return all;
  }
}
