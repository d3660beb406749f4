import type { Clock } from '../values/clock.js';
import { AcknowledgedFile } from './acknowledged-file.js';
import { assertUnlocked, openLevel, repairLevel } from './open-level.js';
import type { Level } from './open-level.js';
import { assertComplete, readRecords } from './read-records.js';
import type { RecordsFound, StoredRecord } from './read-records.js';
import { frameRecord } from './record-frame.js';
import { EMPTY_TALLY, TALLY_KEY, writeTally } from './record-tally.js';
import type { RecordTally } from './record-tally.js';
import { readingError, storeError } from './store-error.js';
import type { StoreError } from './store-error.js';
import { holdsStore, makeFolder, setAside, withCopy } from './store-folder.js';

/** Something that the operator should read. */
export interface StoreNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface OpenStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly repair: boolean;
  readonly notify: (notice: StoreNotice) => void;
}

export interface OpenedStore {
  readonly level: Level;
  /** The number of the last batch. */
  readonly sequence: number;
  readonly tally: RecordTally;
}

/** Called once for each attempt to read the store; what it returns gets every record. */
export type BeginReading = () => (record: StoredRecord) => void;

/**
 * Opens the store and reads all of it; begins one where there is none. A store is read in a copy and must be whole before the store itself is opened,
 * because LevelDB tidies up when it opens: what it cannot read it throws away. Rejects with a StoreError, or LevelDB's or the system's own.
 */
export async function openStore(options: OpenStoreOptions, begin: BeginReading): Promise<OpenedStore> {
  const { folder, repair } = options;
  let found: RecordsFound;
  try {
    if (!(await holdsStore(folder))) return await beginStore(folder);
    await assertUnlocked(folder);
    found = await readCopy(folder, begin);
  } catch (error) {
    const known = storeError(folder, error);
    if (!repair || known.kind !== 'damaged') throw known;
    return repairStore(options, { begin, why: known });
  }
  return settle(folder, await openLevel(folder, { create: false }), found);
}

async function beginStore(folder: string): Promise<OpenedStore> {
  await makeFolder(folder);
  return settle(folder, await openLevel(folder, { create: true }), { tally: EMPTY_TALLY, sequence: 0, broken: [] });
}

function readCopy(folder: string, begin: BeginReading): Promise<RecordsFound> {
  return withCopy(folder, async (copy) => {
    try {
      const { level, found } = await openAndRead(copy, begin);
      await level.close();
      assertComplete(folder, found, await new AcknowledgedFile(folder).read());
      return found;
    } catch (error) {
      throw readingError(folder, copy, error);
    }
  });
}

async function openAndRead(folder: string, begin: BeginReading): Promise<{ level: Level; found: RecordsFound }> {
  const level = await openLevel(folder, { create: false });
  try {
    return { level, found: await readRecords(level, begin()) };
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** Goes on with what can be read, after a copy of the store has been set aside. */
async function repairStore(
  { folder, clock, notify }: OpenStoreOptions,
  { begin, why }: { readonly begin: BeginReading; readonly why: StoreError },
): Promise<OpenedStore> {
  const stamp = new Date(clock.wallSeconds() * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const copy = `${folder}.damaged-${stamp}`;
  await setAside(folder, copy);
  const { level, found } = await openAndRead(folder, begin).catch(async () => {
    // Not for a store that can be read as it is, where LevelDB's repair might bring back what was deleted.
    await repairLevel(folder);
    return openAndRead(folder, begin);
  });
  notify({
    level: 'error',
    message: 'The store was damaged and has been repaired; what could not be read is gone from it',
    fields: { store: folder, damage: why.message, records_kept: found.tally.records, damaged_store_kept_as: copy },
  });
  return settle(folder, level, found);
}

/** Makes the store agree with what was read of it, and shows by that that it can be written. */
async function settle(
  folder: string,
  level: Level,
  { tally, sequence, broken }: Pick<RecordsFound, 'tally' | 'sequence' | 'broken'>,
): Promise<OpenedStore> {
  const next = sequence + 1;
  try {
    const batch = level.batch();
    for (const key of broken) batch.del(key);
    batch.put(TALLY_KEY, frameRecord(TALLY_KEY, { sequence: next, payload: writeTally(tally) }));
    await batch.write({ sync: true });
    await new AcknowledgedFile(folder).create(next);
  } catch (error) {
    await level.close().catch(() => undefined);
    throw error;
  }
  return { level, sequence: next, tally };
}
