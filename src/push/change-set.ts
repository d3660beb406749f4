/** Makes the payload of a record; called when it is written, so that what is kept in memory is the thing itself and not its bytes as well. */
export type RecordSource = () => Buffer;

/** What is to become of one shelf: first cleared, if so, and then of records by name a new one each, or none (undefined). */
export interface ShelfChange {
  readonly isCleared: boolean;
  readonly records: ReadonlyMap<string, RecordSource | undefined>;
}

interface OpenShelfChange {
  isCleared: boolean;
  readonly records: Map<string, RecordSource | undefined>;
}

/** Changes of records, which stand on shelves: the later one of the same record replaces the earlier, so a set is never larger than what it changes. */
export class ChangeSet {
  readonly #shelves = new Map<string, OpenShelfChange>();

  get isEmpty(): boolean {
    return this.#shelves.size === 0;
  }

  /** By the name of the shelf. */
  get shelves(): ReadonlyMap<string, ShelfChange> {
    return this.#shelves;
  }

  /** Deletes all records of the shelf. */
  clear(shelf: string): void {
    this.#shelves.set(shelf, { isCleared: true, records: new Map() });
  }

  /** Sets a record, deletes it where there is no `source`. */
  set(shelf: string, name: string, source: RecordSource | undefined): void {
    let change = this.#shelves.get(shelf);
    if (change === undefined) this.#shelves.set(shelf, (change = { isCleared: false, records: new Map() }));
    change.records.set(name, source);
  }

  /** Adds changes that come after these. */
  append(later: ChangeSet): void {
    for (const [shelf, { isCleared, records }] of later.shelves) {
      if (isCleared) this.clear(shelf);
      for (const [name, source] of records) this.set(shelf, name, source);
    }
  }
}
