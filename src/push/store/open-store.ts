import type { Clock } from '../../values/clock.js';
import { AcknowledgedFile } from './acknowledged-file.js';
import { damagedTables, repairLevel } from './damaged-tables.js';
import { assertUnlocked, type Level, openLevel } from './open-level.js';
import { assertComplete, readRecords, type RecordsFound, type VisitRecord } from './read-records.js';
import { ReadingProgress } from './reading-progress.js';
import { frameRecord } from './record-frame.js';
import { EMPTY_TALLY, type RecordTally, TALLY_KEY, writeTally } from './record-tally.js';
import { damagedStore, readingError, type StoreError, storeError } from './store-error.js';
import { assertRegularFiles, holdsStore, makeFolder, setAside, withCopy } from './store-folder.js';

/** Something that the operator should know about. */
export interface StoreNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** The folder of the store, the clock, whether to repair damage, and who receives notices. */
export interface OpenStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly repair: boolean;
  readonly notify: (notice: StoreNotice) => void;
}

/** An open store, with what was read about its records. */
export interface OpenedStore {
  readonly level: Level;
  /** The number of the last batch. */
  readonly sequence: number;
  readonly tally: RecordTally;
}

/** Called once for each attempt to read the store. The returned function receives every record. */
export type BeginReading = () => VisitRecord;

/**
 * Opens the store and reads all of it, or creates a new one. The store is first read in a copy, and the copy must be
 * complete before the store itself is opened, because LevelDB cleans up when it opens: it throws away what it cannot
 * read. Rejects with a StoreError, or with the error of LevelDB or of the system.
 */
export async function openStore(options: OpenStoreOptions, begin: BeginReading): Promise<OpenedStore> {
  const { folder, repair } = options;
  let found: RecordsFound;
  try {
    if (!(await holdsStore(folder))) return await beginStore(folder);
    await assertRegularFiles(folder);
    await assertUnlocked(folder);
    await assertTablesIntact(folder);
    found = await readCopy(options, begin);
  } catch (error) {
    const known = storeError(folder, error);
    if (!repair || known.kind !== 'damaged') throw known;
    return repairStore(options, { begin, why: known });
  }
  return finishOpening(folder, await openLevel(folder, { create: false }), found);
}

async function beginStore(folder: string): Promise<OpenedStore> {
  await makeFolder(folder);
  return finishOpening(folder, await openLevel(folder, { create: true }), {
    tally: EMPTY_TALLY,
    sequence: 0,
    broken: [],
  });
}

/** LevelDB must not even open a copy with such a table. */
async function assertTablesIntact(folder: string): Promise<void> {
  const [first, ...others] = await damagedTables(folder);
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${others.length} further files`;
  throw damagedStore(folder, `its file ${first} has changed since it was written${more}`);
}

function readCopy(options: OpenStoreOptions, begin: BeginReading): Promise<RecordsFound> {
  const { folder } = options;
  return withCopy(folder, async (copy) => {
    try {
      const { level, found } = await openAndRead(copy, begin, new ReadingProgress(options));
      await level.close();
      assertComplete(folder, found, await new AcknowledgedFile(folder).read());
      return found;
    } catch (error) {
      throw readingError(folder, copy, error);
    }
  });
}

interface OpenAndRead {
  readonly level: Level;
  readonly found: RecordsFound;
}

async function openAndRead(folder: string, begin: BeginReading, progress: ReadingProgress): Promise<OpenAndRead> {
  const level = await openLevel(folder, { create: false });
  try {
    return { level, found: await readRecords(level, begin(), progress) };
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** Sets a copy of the store aside, and continues with what can be read. */
async function repairStore(
  options: OpenStoreOptions,
  { begin, why }: { readonly begin: BeginReading; readonly why: StoreError },
): Promise<OpenedStore> {
  const { folder, clock, notify } = options;
  const progress = new ReadingProgress(options);
  const stamp = new Date(clock.wallSeconds() * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const copy = `${folder}.damaged-${stamp}`;
  await setAside(folder, copy);
  const asItIs = async (): Promise<OpenAndRead> => {
    await assertTablesIntact(folder);
    return openAndRead(folder, begin, progress);
  };
  const { level, found } = await asItIs().catch(async () => {
    // A store that can be read as it is needs no repair, which might bring back deleted records.
    await repairLevel(folder);
    return openAndRead(folder, begin, progress);
  });
  notify({
    level: 'error',
    message: 'The store was damaged and has been repaired; what could not be read is gone from it',
    fields: { store: folder, damage: why.message, records_kept: found.tally.records, damaged_store_kept_as: copy },
  });
  return finishOpening(folder, level, found);
}

/** Writes the tally of what was read, so that it matches the store, and so shows that the store can be written. */
async function finishOpening(
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
