/**
 * Makes the payload of a record. It is called when the record is written, so that memory holds only the object and not
 * its bytes as well.
 */
export type RecordSource = () => Buffer | Promise<Buffer>;

/**
 * The changes of one shelf, which is the set of records that belong to one group. First the shelf is cleared if
 * `isCleared`; then each named record is replaced, or deleted if it is undefined.
 */
export interface ShelfChange {
  readonly isCleared: boolean;
  readonly records: ReadonlyMap<string, RecordSource | undefined>;
}

interface OpenShelfChange {
  isCleared: boolean;
  readonly records: Map<string, RecordSource | undefined>;
}

/**
 * Changes of records. A later change of a record replaces an earlier one, so a set is never larger than what it
 * changes.
 */
export class ChangeSet {
  readonly #shelves = new Map<string, OpenShelfChange>();

  get isEmpty(): boolean {
    return this.#shelves.size === 0;
  }

  /** Key: the name of the shelf. */
  get shelves(): ReadonlyMap<string, ShelfChange> {
    return this.#shelves;
  }

  /** Deletes all records of a shelf. */
  clear(shelf: string): void {
    this.#shelves.set(shelf, { isCleared: true, records: new Map() });
  }

  /** Sets a record, or deletes it if `source` is undefined. */
  set(shelf: string, name: string, source: RecordSource | undefined): void {
    let change = this.#shelves.get(shelf);
    if (change === undefined) this.#shelves.set(shelf, (change = { isCleared: false, records: new Map() }));
    change.records.set(name, source);
  }

  /** Adds changes that come after the ones in this set. */
  append(later: ChangeSet): void {
    for (const [shelf, { isCleared, records }] of later.shelves) {
      if (isCleared) this.clear(shelf);
      for (const [name, source] of records) this.set(shelf, name, source);
    }
  }
}
