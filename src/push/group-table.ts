import { NameHolders } from './name-holders.js';
import { SERIES_OF_A_GROUP } from './push-limits.js';
import type { GroupChange, GroupingKey } from './pushed-group.js';
import type { StoredFamily } from './series/stored-family.js';
import { SortedList } from './sorted-list.js';
import { type StoredGroup, TableSnapshot } from './table-snapshot.js';

/** A change whose families are in the form of memory. */
export type StoredChange =
  | (Extract<GroupChange, { kind: 'update' }> & { readonly put: readonly StoredFamily[] })
  | Extract<GroupChange, { kind: 'delete' }>;

const NO_FAMILIES: ReadonlyMap<string, StoredFamily> = new Map();

/** Groups by key and families by name, which are always updated together. It does not check consistency. */
export class GroupTable {
  readonly #groups = new Map<string, StoredGroup>();
  readonly #names = new Map<string, NameHolders>();
  readonly #snapshots = new Set<TableSnapshot>();
  #inOrder = SortedList.empty<StoredGroup>(({ key }) => key.id);
  #seriesCount = 0;
  #heapBytes = 0;

  /** All groups in the order of their ids. The list is another one after every change. */
  get inOrder(): SortedList<StoredGroup> {
    return this.#inOrder;
  }

  /** The groups that hold each name. */
  get names(): ReadonlyMap<string, NameHolders> {
    return this.#names;
  }

  /** The table as it is now, for whoever reads it in turns with changes. It must be closed. */
  snapshot(): TableSnapshot {
    const snapshot = new TableSnapshot(this.#inOrder, this.#names, () => this.#snapshots.delete(snapshot));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** The number of series of all groups, including their push times. */
  get seriesCount(): number {
    return this.#seriesCount + this.#groups.size * SERIES_OF_A_GROUP;
  }

  /** An estimate of the heap that all families take, in bytes. */
  get heapBytes(): number {
    return this.#heapBytes;
  }

  get({ id }: GroupingKey): StoredGroup | undefined {
    return this.#groups.get(id);
  }

  apply(change: StoredChange): void {
    const { key } = change;
    const before = this.get(key)?.families ?? NO_FAMILIES;
    if (change.kind === 'delete') {
      for (const [name, family] of before) this.#remove(key, name, family);
      this.#groups.delete(key.id);
      this.#inOrder = this.#inOrder.without(key.id);
      return;
    }
    const { remove, put, facts } = change;
    const families = new Map(before);
    if (remove === 'all') {
      const replaced = new Set(put.map(({ family }) => family.name));
      for (const name of before.keys()) if (!replaced.has(name)) this.#take(key, name, families);
    } else for (const name of remove) this.#take(key, name, families);
    for (const family of put) this.#put(key, family, families);
    const group = { ...facts, key, families };
    this.#groups.set(key.id, group);
    this.#inOrder = this.#inOrder.with(group);
  }

  #put(key: GroupingKey, stored: StoredFamily, families: Map<string, StoredFamily>): void {
    const { name } = stored.family;
    const before = families.get(name);
    this.#seriesCount += stored.seriesCount - (before?.seriesCount ?? 0);
    this.#heapBytes += stored.heapBytes - (before?.heapBytes ?? 0);
    families.set(name, stored);
    this.#keepForReaders(name);
    const holders = this.#names.get(name) ?? new NameHolders();
    holders.put(key, stored);
    this.#names.set(name, holders);
  }

  #take(key: GroupingKey, name: string, families: Map<string, StoredFamily>): void {
    const family = families.get(name);
    if (family === undefined) return;
    families.delete(name);
    this.#remove(key, name, family);
  }

  #remove(key: GroupingKey, name: string, { seriesCount, heapBytes }: StoredFamily): void {
    this.#seriesCount -= seriesCount;
    this.#heapBytes -= heapBytes;
    this.#keepForReaders(name);
    const holders = this.#names.get(name);
    holders?.remove(key);
    if (holders?.isEmpty === true) this.#names.delete(name);
  }

  #keepForReaders(name: string): void {
    for (const snapshot of this.#snapshots) snapshot.keep(name);
  }
}
