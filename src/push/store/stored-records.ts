import type { ChangeSet, RecordSource } from './change-set.js';
import { EMPTY_TALLY, type RecordTally, retally } from './record-tally.js';

/** A record with the version of it that is in the store. */
interface StoredVersion {
  readonly sequence: number;
  readonly source: RecordSource;
}

/** A record to write, or to delete if `source` is undefined. */
export interface RecordWrite {
  readonly shelf: string;
  readonly name: string;
  readonly source: RecordSource | undefined;
}

/** Records that are gone through between two moments at which others may have their turn. */
const RECORDS_A_STEP = 64;

/**
 * The version of every record that the store on the disk holds. The objects that records are made of are shared with
 * their users.
 */
export class StoredRecords {
  readonly #shelves = new Map<string, Map<string, StoredVersion>>();
  #tally: RecordTally = EMPTY_TALLY;

  get tally(): RecordTally {
    return this.#tally;
  }

  /** Returns, in steps, the single writes that make up a set of changes. */
  *resolve(changes: ChangeSet): Generator<undefined, readonly RecordWrite[]> {
    const writes: RecordWrite[] = [];
    for (const [shelf, { isCleared, records }] of changes.shelves) {
      yield;
      const known = isCleared ? (this.#shelves.get(shelf)?.keys() ?? []) : [];
      for (const name of known) if (!records.has(name)) writes.push({ shelf, name, source: undefined });
      for (const [name, source] of records) writes.push({ shelf, name, source });
    }
    return writes;
  }

  /** Returns, in steps, the tally after these writes are done as batch `sequence`. */
  *tallyAfter(writes: readonly RecordWrite[], sequence: number): Generator<undefined, RecordTally> {
    let tally = this.#tally;
    for (const [index, { shelf, name, source }] of writes.entries()) {
      if (index % RECORDS_A_STEP === RECORDS_A_STEP - 1) yield;
      tally = retally(tally, this.#shelves.get(shelf)?.get(name)?.sequence, source && sequence);
    }
    return tally;
  }

  /** Notes, in steps, that the writes were done as batch `sequence`. */
  *apply(writes: readonly RecordWrite[], sequence: number): Generator<undefined, void> {
    this.#tally = yield* this.tallyAfter(writes, sequence);
    for (const [index, { shelf, name, source }] of writes.entries()) {
      if (index % RECORDS_A_STEP === RECORDS_A_STEP - 1) yield;
      if (source === undefined) this.#remove(shelf, name);
      else this.#shelfOf(shelf).set(name, { sequence, source });
    }
  }

  /** Returns writes that restore these records to the versions here, whatever they have become on the disk. */
  restoring(records: Iterable<Pick<RecordWrite, 'shelf' | 'name'>>): readonly RecordWrite[] {
    return [...records].map(({ shelf, name }) => ({
      shelf,
      name,
      source: this.#shelves.get(shelf)?.get(name)?.source,
    }));
  }

  /** Returns writes for all records. */
  all(): readonly RecordWrite[] {
    return [...this.#shelves].flatMap(([shelf, records]) =>
      [...records].map(([name, { source }]) => ({ shelf, name, source })),
    );
  }

  #remove(shelf: string, name: string): void {
    const records = this.#shelves.get(shelf);
    records?.delete(name);
    if (records?.size === 0) this.#shelves.delete(shelf);
  }

  #shelfOf(shelf: string): Map<string, StoredVersion> {
    let records = this.#shelves.get(shelf);
    if (records === undefined) this.#shelves.set(shelf, (records = new Map<string, StoredVersion>()));
    return records;
  }
}
