import { NameHolders } from './name-holders.js';
import { SERIES_OF_A_GROUP } from './push-limits.js';
import type { GroupChange, GroupingKey, PushedGroup } from './pushed-group.js';
import type { StoredFamily } from './stored-family.js';

/** A group as it is in memory. */
export interface StoredGroup extends PushedGroup {
  readonly families: ReadonlyMap<string, StoredFamily>;
}

/** A change whose families are in the form of memory. */
export type StoredChange =
  | (Extract<GroupChange, { kind: 'update' }> & { readonly put: readonly StoredFamily[] })
  | Extract<GroupChange, { kind: 'delete' }>;

const NO_FAMILIES: ReadonlyMap<string, StoredFamily> = new Map();

/** Groups by key and families by name, which are always updated together. It does not check consistency. */
export class GroupTable {
  readonly #groups = new Map<string, StoredGroup>();
  readonly #names = new Map<string, NameHolders>();
  #inOrder: readonly StoredGroup[] | undefined;
  #seriesCount = 0;
  #heapBytes = 0;

  /** All groups in the order of their ids. */
  get inOrder(): readonly StoredGroup[] {
    this.#inOrder ??= [...this.#groups.values()].sort((a, b) => (a.key.id < b.key.id ? -1 : 1));
    return this.#inOrder;
  }

  /** The groups that hold each name. */
  get names(): ReadonlyMap<string, NameHolders> {
    return this.#names;
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
    this.#inOrder = undefined;
    const { key } = change;
    const before = this.get(key)?.families ?? NO_FAMILIES;
    if (change.kind === 'delete') {
      for (const [name, family] of before) this.#remove(key, name, family);
      this.#groups.delete(key.id);
      return;
    }
    const { remove, put, facts } = change;
    const families = new Map(before);
    for (const name of remove === 'all' ? before.keys() : remove) this.#take(key, name, families);
    for (const family of put) this.#put(key, family, families);
    this.#groups.set(key.id, { ...facts, key, families });
  }

  #put(key: GroupingKey, stored: StoredFamily, families: Map<string, StoredFamily>): void {
    const { name } = stored.family;
    const before = families.get(name);
    this.#seriesCount += stored.seriesCount - (before?.seriesCount ?? 0);
    this.#heapBytes += stored.heapBytes - (before?.heapBytes ?? 0);
    families.set(name, stored);
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
    const holders = this.#names.get(name);
    holders?.remove(key);
    if (holders?.isEmpty === true) this.#names.delete(name);
  }
}
