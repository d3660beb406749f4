import type { Clock } from '../../values/clock.js';
import { atOnce, inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import { AcknowledgedFile } from './acknowledged-file.js';
import { ChangeSet, type RecordSource } from './change-set.js';
import { type Level, openLevel } from './open-level.js';
import { openStore, type StoreNotice } from './open-store.js';
import type { StoredRecord } from './read-records.js';
import { frameRecord, frameSteps, unframeRecord } from './record-frame.js';
import { readRecordKey, recordKey, type RecordPlace } from './record-key.js';
import { TALLY_KEY, writeTally } from './record-tally.js';
import { StoreError, storeError } from './store-error.js';
import { holdsStore, makeFolder } from './store-folder.js';
import { type RecordWrite, StoredRecords } from './stored-records.js';

/** The folder of the store, the clock, whether to repair damage, and who receives notices. */
export interface RecordStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** If the store is damaged, set a copy aside and continue with what can be read. */
  readonly repair: boolean;
  readonly notify: (notice: StoreNotice) => void;
}

/** Receives a record that was read, and returns how to write it again. */
export type AdoptRecord = (place: RecordPlace, payload: Buffer) => RecordSource | Promise<RecordSource>;

/** How many seconds after a failure the store is tried again. */
export const RETRY_SECONDS = 2;

/**
 * Records in a LevelDB. Each set of changes is written completely or not at all, and counts only once it is on the
 * disk. Sets that arrive during a write are written together.
 * After a failure the database is closed, because LevelDB's log may end in half a record, and opened again until that
 * works. Whatever the failed write left on the disk is then undone.
 */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #acknowledged: AcknowledgedFile;
  #records = new StoredRecords();
  #level: Level | undefined;
  /** The number of the last batch. */
  #sequence = 0;
  #problem: string | undefined = 'the store is not open yet';
  #waiting: { readonly changes: ChangeSet; readonly written: Promise<void> } | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  /** The records of a failed write, which may or may not have reached the disk. */
  #uncertain: readonly RecordPlace[] = [];
  #cancelRetry: (() => void) | undefined;
  #retrying: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RecordStoreOptions) {
    this.#options = options;
    this.#acknowledged = new AcknowledgedFile(options.folder);
  }

  /** Why nothing can be written; undefined if writing is possible. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Opens the store, or creates a new one; `begin` is called before each attempt to read it. Rejects with a StoreError
   * if the store is damaged, in use or not writable; the store is untouched then, and `open` may be called again.
   */
  async open(begin: () => AdoptRecord): Promise<void> {
    try {
      const { level, sequence } = await openStore(this.#options, () => {
        const records = new StoredRecords();
        this.#records = records;
        const adopt = begin();
        return async ({ key, sequence, payload }: StoredRecord) => {
          const place = readRecordKey(key);
          const source = await adopt(place, payload);
          atOnce(records.apply([{ ...place, source }], sequence));
        };
      });
      this.#level = level;
      this.#sequence = sequence;
      this.#problem = undefined;
    } catch (error) {
      const known = storeError(this.#options.folder, error);
      this.#problem = known.message;
      throw known;
    }
  }

  /** Resolves when the changes are on the disk. Rejects if they are not and never will be. */
  write(changes: ChangeSet): Promise<void> {
    if (this.#waiting === undefined) {
      const together = new ChangeSet();
      const written = this.#lastWrite.then(() => {
        this.#waiting = undefined;
        return this.#commit(together);
      });
      this.#waiting = { changes: together, written };
      this.#lastWrite = written.catch(() => undefined);
    }
    this.#waiting.changes.append(changes);
    return this.#waiting.written;
  }

  /** Waits for the running write, and closes the database. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#retrying;
    await this.#lastWrite;
    await this.#level?.close();
    this.#level = undefined;
    this.#problem ??= 'the store is closed';
  }

  async #commit(changes: ChangeSet): Promise<void> {
    if (this.#problem !== undefined) throw new Error(this.#problem);
    const writes = await inSlices(this.#records.resolve(changes));
    try {
      await this.#put(writes);
    } catch (error) {
      throw await this.#fail(error, writes);
    }
  }

  /** Writes one batch. The known content of the store only changes after that. */
  async #put(writes: readonly RecordWrite[]): Promise<void> {
    if (this.#level === undefined) throw new Error('the store is not open');
    const sequence = this.#sequence + 1;
    const batch = this.#level.batch();
    for (const { source, ...place } of writes) {
      if (loopTurns.isOver()) await loopTurns.next();
      const key = recordKey(place);
      if (source === undefined) batch.del(key);
      else batch.put(key, await inSlices(frameSteps(key, { sequence, payload: await source() })));
    }
    const payload = writeTally(await inSlices(this.#records.tallyAfter(writes, sequence)));
    batch.put(TALLY_KEY, frameRecord(TALLY_KEY, { sequence, payload }));
    await batch.write({ sync: true });
    await this.#acknowledged.update(sequence);
    this.#sequence = sequence;
    await inSlices(this.#records.apply(writes, sequence));
  }

  async #fail(error: unknown, writes: readonly RecordWrite[]): Promise<Error> {
    const known = storeError(this.#options.folder, error);
    this.#problem = known.message;
    this.#uncertain = writes;
    await this.#giveUpLevel();
    this.#options.notify({
      level: 'error',
      message: 'Pushes are refused, they cannot be kept',
      fields: { err: known.message },
    });
    this.#retryLater();
    return known;
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#cancelRetry = this.#options.clock.after(RETRY_SECONDS, () => {
      this.#retrying = this.#retry();
    });
  }

  async #retry(): Promise<void> {
    const { folder, notify } = this.#options;
    try {
      await this.#reopen();
      this.#problem = undefined;
      notify({ level: 'info', message: 'Pushes are accepted again', fields: { store: folder } });
    } catch (error) {
      const { message } = storeError(folder, error);
      if (message !== this.#problem)
        notify({ level: 'error', message: 'Pushes are still refused', fields: { err: message } });
      this.#problem = message;
      await this.#giveUpLevel();
      this.#retryLater();
    }
  }

  /**
   * Opens the database again and undoes what the failed write may have done. If the folder is gone, everything is
   * written again.
   */
  async #reopen(): Promise<void> {
    const { folder } = this.#options;
    const isThere = await holdsStore(folder);
    if (!isThere) {
      await makeFolder(folder);
      this.#uncertain = this.#records.all();
    }
    this.#level = await openLevel(folder, { create: !isThere });
    await this.#assertStillOurs(this.#level);
    // The number of the failed write may be on the disk already.
    this.#sequence += 1;
    if (!isThere) await this.#acknowledged.create(this.#sequence);
    await this.#put(this.#records.restoring(this.#uncertain));
    this.#uncertain = [];
  }

  /** Another process may have used the database while it was closed. */
  async #assertStillOurs(level: Level): Promise<void> {
    const bytes = await level.get(TALLY_KEY);
    const sequence = bytes === undefined ? 0 : (unframeRecord(TALLY_KEY, bytes)?.sequence ?? Infinity);
    if (sequence <= this.#sequence + 1) return;
    const message = `the store "${this.#options.folder}" was changed by another process; stop that one and start this one again`;
    throw new StoreError('in use', message);
  }

  /** Closes the database after a failed write. Closing may fail too, which does not matter any more. */
  async #giveUpLevel(): Promise<void> {
    const level = this.#level;
    this.#level = undefined;
    await level?.close().catch(() => undefined);
  }
}
