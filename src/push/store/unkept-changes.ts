import type { GroupingKey, PushedGroup } from '../pushed-group.js';
import type { GroupEnd } from './group-ends.js';

/** A group before a change; undefined if it did not exist, and its end if it had one. */
export interface GroupBefore {
  readonly key: GroupingKey;
  readonly group: PushedGroup | undefined;
  readonly end: GroupEnd | undefined;
}

/**
 * Changes that are in memory but not saved yet. If saving fails, they must be undone: the client is told so and pushes
 * again, and sums would count twice. Changes are saved in order, so when one fails, all later ones fail too.
 */
export class UnkeptChanges {
  readonly #waiting = new Set<readonly GroupBefore[]>();

  /** Adds the groups of a change that is about to be made. `forget` takes the same object. */
  begin(before: readonly GroupBefore[]): readonly GroupBefore[] {
    this.#waiting.add(before);
    return before;
  }

  /** Removes a change that has been saved. */
  forget(before: readonly GroupBefore[]): void {
    this.#waiting.delete(before);
  }

  /** Removes and returns the groups to restore, in this order, so that no unsaved change is left. */
  takeAll(): readonly GroupBefore[] {
    const all = [...this.#waiting].reverse().flatMap((before) => [...before].reverse());
    this.#waiting.clear();
    return all;
  }
}
