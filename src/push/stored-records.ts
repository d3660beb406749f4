import type { ChangeSet, RecordSource } from './change-set.js';
import { EMPTY_TALLY, retally } from './record-tally.js';
import type { RecordTally } from './record-tally.js';

/** A record of which the store holds a version. */
interface StoredVersion {
  readonly sequence: number;
  readonly source: RecordSource;
}

/** A record and what becomes of it: `source` is undefined where it goes. */
export interface RecordWrite {
  readonly shelf: string;
  readonly name: string;
  readonly source: RecordSource | undefined;
}

/** What the store on the disk holds, of every record which version; the things that records are made of are shared with whoever uses them. */
export class StoredRecords {
  readonly #shelves = new Map<string, Map<string, StoredVersion>>();
  #tally: RecordTally = EMPTY_TALLY;

  get tally(): RecordTally {
    return this.#tally;
  }

  /** The single writes that a set of changes comes down to. */
  resolve(changes: ChangeSet): readonly RecordWrite[] {
    const writes: RecordWrite[] = [];
    for (const [shelf, { isCleared, records }] of changes.shelves) {
      const known = isCleared ? (this.#shelves.get(shelf)?.keys() ?? []) : [];
      for (const name of known) if (!records.has(name)) writes.push({ shelf, name, source: undefined });
      for (const [name, source] of records) writes.push({ shelf, name, source });
    }
    return writes;
  }

  /** The tally when these writes are done as batch `sequence`. */
  tallyAfter(writes: readonly RecordWrite[], sequence: number): RecordTally {
    let tally = this.#tally;
    for (const { shelf, name, source } of writes) {
      tally = retally(tally, this.#shelves.get(shelf)?.get(name)?.sequence, source && sequence);
    }
    return tally;
  }

  /** The writes are done, as batch `sequence`. */
  apply(writes: readonly RecordWrite[], sequence: number): void {
    this.#tally = this.tallyAfter(writes, sequence);
    for (const { shelf, name, source } of writes) {
      if (source === undefined) this.#remove(shelf, name);
      else this.#shelfOf(shelf).set(name, { sequence, source });
    }
  }

  /** Writes that make these records what they are here, whatever they may have become on the disk. */
  restoring(records: Iterable<Pick<RecordWrite, 'shelf' | 'name'>>): readonly RecordWrite[] {
    return [...records].map(({ shelf, name }) => ({
      shelf,
      name,
      source: this.#shelves.get(shelf)?.get(name)?.source,
    }));
  }

  /** Writes that make everything. */
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
