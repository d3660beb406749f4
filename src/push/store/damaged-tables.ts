import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { namesInFolder, readRegularFile } from '../../files/regular-file.js';
import { inSlices } from '../../values/in-slices.js';
import { type Level, openLevel, runLevelRepair } from './open-level.js';
import { unframeRecord } from './record-frame.js';
import { withCopy } from './store-folder.js';
import { isTableIntact, recordsInTable } from './table-file.js';

const TABLE = /^\d+\.(?:ldb|sst)$/;
/** LevelDB writes a new file after some megabytes; one record may be much longer. */
const LARGEST_TABLE = 1024 ** 3;
/** Where LevelDB's own repair puts what it cannot use, too. */
const LOST = 'lost';

/**
 * Returns the names of table files in a LevelDB that have changed since they were written, and that it needs. It must
 * not be opened with one of them, because it might end the process. A process that was killed may leave a table behind
 * that is not finished and belongs to nothing.
 */
export async function damagedTables(folder: string): Promise<readonly string[]> {
  const broken = await brokenTables(folder);
  if (broken.length === 0) return [];
  return (await canDoWithout(folder, broken)) ? [] : broken;
}

/** Repairs a LevelDB. Of its broken tables, what is still readable is kept. */
export async function repairLevel(folder: string): Promise<void> {
  const broken = await brokenTables(folder);
  if (broken.length > 0) await mkdir(join(folder, LOST), { recursive: true, mode: 0o700 });
  for (const name of broken) await rename(join(folder, name), join(folder, LOST, name));
  await runLevelRepair(folder);
  if (broken.length === 0) return;
  const level = await openLevel(folder, { create: false });
  try {
    for (const name of broken) await putBack(level, join(folder, LOST, name));
  } finally {
    await level.close();
  }
}

async function brokenTables(folder: string): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const name of await namesInFolder(folder)) {
    if (!TABLE.test(name)) continue;
    const { bytes } = await readRegularFile(join(folder, name), LARGEST_TABLE);
    if (!(await inSlices(isTableIntact(bytes)))) broken.push(name);
  }
  return broken;
}

/** LevelDB opens, in a copy, without the tables. It looks for all that it needs. */
function canDoWithout(folder: string, tables: readonly string[]): Promise<boolean> {
  return withCopy(
    folder,
    async (copy) => {
      try {
        const level = await openLevel(copy, { create: false });
        await level.close();
        return true;
      } catch {
        return false;
      }
    },
    tables,
  );
}

/** Stores those records of a broken table that are as they were written, unless the database has a newer one. */
async function putBack(level: Level, file: string): Promise<void> {
  const { bytes } = await readRegularFile(file, LARGEST_TABLE);
  for (const { key, value } of await inSlices(recordsInTable(bytes))) {
    const record = unframeRecord(key, value);
    if (record === undefined) continue;
    const present = await level.get(key);
    const known = present === undefined ? undefined : unframeRecord(key, present);
    if (known === undefined || known.sequence < record.sequence) await level.put(key, value);
  }
}
