import type { HoldersView, NameHolders } from './name-holders.js';
import type { PushedGroup } from './pushed-group.js';
import type { StoredFamily } from './series/stored-family.js';
import type { SortedList } from './sorted-list.js';

/** A group with its families as they are in memory. */
export interface StoredGroup extends PushedGroup {
  readonly families: ReadonlyMap<string, StoredFamily>;
}

/**
 * The groups and names of one moment. Nothing is copied to make it: what changes afterwards is kept here before it
 * changes, so that who reads for long sees no half of a push.
 */
export class TableSnapshot {
  readonly groups: SortedList<StoredGroup>;
  readonly #names: ReadonlyMap<string, NameHolders>;
  readonly #kept = new Map<string, HoldersView | undefined>();
  readonly #close: () => void;

  constructor(groups: SortedList<StoredGroup>, names: ReadonlyMap<string, NameHolders>, close: () => void) {
    this.groups = groups;
    this.#names = names;
    this.#close = close;
  }

  /** Called before the holders of a name change. */
  keep(name: string): void {
    if (!this.#kept.has(name)) this.#kept.set(name, this.#names.get(name)?.view());
  }

  /** The names of that moment, each at least once; names may come and go while they are read. */
  *names(): Generator<string, void> {
    for (const name of this.#names.keys()) if (this.holders(name) !== undefined) yield name;
    for (const [name, view] of this.#kept) if (view !== undefined) yield name;
  }

  holders(name: string): HoldersView | undefined {
    return this.#kept.has(name) ? this.#kept.get(name) : this.#names.get(name)?.view();
  }

  /** Ends the snapshot: later changes are no longer kept for it. */
  close(): void {
    this.#close();
  }
}
