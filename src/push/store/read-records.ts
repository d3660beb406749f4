import { loopTurns } from '../../values/loop-turns.js';
import type { Level } from './open-level.js';
import type { ReadingProgress } from './reading-progress.js';
import { unframeRecord } from './record-frame.js';
import { EMPTY_TALLY, readTally, type RecordTally, retally, TALLY_KEY } from './record-tally.js';
import { damagedStore, StoreError } from './store-error.js';

/** A record as read. */
export interface StoredRecord {
  readonly key: string;
  readonly sequence: number;
  readonly payload: Buffer;
}

/** Takes a record, in turns with other work. */
export type VisitRecord = (record: StoredRecord) => Promise<void>;

/** The result of reading a store. */
export interface RecordsFound {
  /** The tally of the records that were read. */
  readonly tally: RecordTally;
  /** The tally in the last batch, and the batch's number; undefined if that record is missing or broken. */
  readonly stored: { readonly tally: RecordTally; readonly sequence: number } | undefined;
  /** The keys of records whose checksum is wrong. */
  readonly broken: readonly string[];
  /** The largest batch number among the records. */
  readonly sequence: number;
}

/**
 * Calls `visit` with every intact record. Rejects with LevelDB's error if it cannot read further, and with a StoreError
 * if a later version wrote the store.
 */
export async function readRecords(level: Level, visit: VisitRecord, progress: ReadingProgress): Promise<RecordsFound> {
  const inAll = await recordsExpected(level);
  let tally = EMPTY_TALLY;
  let stored: RecordsFound['stored'];
  let sequence = 0;
  const broken: string[] = [];
  for await (const [key, bytes] of level.iterator()) {
    if (loopTurns.isOver()) await loopTurns.next();
    const record = unframeRecord(key, bytes);
    if (record === undefined) {
      broken.push(key);
      continue;
    }
    sequence = Math.max(sequence, record.sequence);
    if (key === TALLY_KEY) {
      stored = { tally: readTally(record.payload), sequence: record.sequence };
      continue;
    }
    tally = retally(tally, undefined, record.sequence);
    await visit({ key, ...record });
    progress.note(tally.records, inAll);
  }
  return { tally, stored, broken, sequence };
}

/**
 * The number of records that there should be. If the record with that number is damaged, this is found when its turn
 * comes.
 */
async function recordsExpected(level: Level): Promise<number | undefined> {
  try {
    const bytes = await level.get(TALLY_KEY);
    const record = bytes && unframeRecord(TALLY_KEY, bytes);
    return record && readTally(record.payload).records;
  } catch {
    return undefined;
  }
}

/**
 * Throws a StoreError unless all records were found that had been written up to the batch `acknowledged` (undefined:
 * not known).
 */
export function assertComplete(folder: string, found: RecordsFound, acknowledged: number | undefined): void {
  const { tally, stored, broken } = found;
  if (broken.length > 0)
    throw damagedStore(folder, `${broken.length} of its records have changed since they were written`);
  if (stored === undefined) {
    // The store is new: nothing was ever acknowledged.
    if (tally.records === 0 && acknowledged === undefined) return;
    throw damagedStore(folder, 'the record that says what belongs to it is missing');
  }
  if (tally.records !== stored.tally.records) {
    throw damagedStore(folder, `${tally.records} records are there and ${stored.tally.records} should be`);
  }
  if (tally.sum !== stored.tally.sum) throw damagedStore(folder, 'some of its records are older than they should be');
  if (acknowledged !== undefined && acknowledged > stored.sequence) {
    throw damagedStore(
      folder,
      `its last write is number ${stored.sequence}, but number ${acknowledged} was acknowledged: the newest of its log is missing`,
    );
  }
}

/** A store of a later version is not damaged: that version can read it. */
export function laterVersion(folder: string, reason: string): StoreError {
  return new StoreError(
    'unusable',
    `cannot read the store "${folder}": ${reason}; use that version, or move the store away`,
  );
}
