import { cp, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openRegularFile } from '../../../files/regular-file.js';
import { damagedTables, repairLevel } from '../../../push/store/damaged-tables.js';
import { type Level, openLevel } from '../../../push/store/open-level.js';
import { assertRegularFiles } from '../../../push/store/store-folder.js';

/** A database that was damaged when it was opened. */
export interface QueueDamage {
  /** The words of LevelDB for it. */
  readonly why: string;
  /** The folder that has everything as it was found. */
  readonly copy: string;
}

/** A database that was opened, and read by whoever asked for it. */
export interface OpenedFolder {
  readonly level: Level;
  readonly damage?: QueueDamage;
}

/** The files that LevelDB writes, and the folder of a copy of them. */
const LEVEL_FILE =
  /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:log|ldb|sst|dbtmp)|KEPT|lost(?:\+found)?|reading)$/;
const HOLDS_RECORDS = /^\d+\.(?:log|ldb|sst)$/;
/** How LevelDB's message ends for a file that is missing or shorter than it was. */
const FILE_IS_NOT_WHOLE = /: (?:No such file or directory|Invalid argument)$/;

/**
 * Opens the database in `folder`, or begins one, and has `read` go through it. One that is damaged is copied beside the
 * folder first, with `stamp` in the name, and then repaired: what can be read of it goes on. Rejects with an Error that
 * says what to do.
 */
export async function openQueueFolder(
  folder: string,
  read: (level: Level) => Promise<void>,
  stamp: () => string,
): Promise<OpenedFolder> {
  await makeFolder(folder);
  const isWithoutList = await lacksList(folder);
  try {
    if (isWithoutList) throw new Damaged(`${join(folder, 'CURRENT')} is missing`);
    await assertRegularFiles(folder);
    const [changed] = await damagedTables(folder);
    if (changed !== undefined) throw new Damaged(`${join(folder, changed)} has changed since it was written`);
    return { level: await openAndRead(folder, read) };
  } catch (error) {
    const { code, text } = innermost(error);
    if (code === 'LEVEL_LOCKED') {
      throw new Error('it is in use by another process; stop that one, or give each a folder of its own', {
        cause: error,
      });
    }
    const isDamaged = error instanceof Damaged || code === 'LEVEL_CORRUPTION' || FILE_IS_NOT_WHOLE.test(text);
    if (!isDamaged) throw new Error(text, { cause: error });
    return repair(folder, read, { why: text, copy: `${folder}.damaged-${stamp()}` });
  }
}

class Damaged extends Error {}

/** The system says of a link that leads nowhere only that something does not exist. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const target = await readlink(folder).catch(() => undefined);
    if (target === undefined) throw (await whyNot(folder)) ?? error;
    throw new Error(`it is a link to "${target}", where no folder is`, { cause: error });
  }
}

/**
 * Why a folder cannot be made. Of a disk that is read-only Node says that a folder on it does not exist, if it is to
 * make more than one.
 */
async function whyNot(folder: string): Promise<unknown> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const error = await mkdir(path, { mode: 0o700 }).catch((reason: unknown) => reason);
    const isParentMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isParentMissing || path === dirname(path)) return error;
  }
}

/** Opens a database and reads it; it is closed again if that fails. Rejects if one of its files cannot be read. */
export async function openAndRead(folder: string, read: (level: Level) => Promise<void>): Promise<Level> {
  await assertReadable(folder);
  const level = await openLevel(folder, { create: true, mayExist: true });
  try {
    await read(level);
    return level;
  } catch (error) {
    await level.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Whether there are records and not the file that lists them: LevelDB would begin an empty database over them. Throws
 * an Error for a folder of something else.
 */
async function lacksList(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  const foreign = names.find((name) => !name.startsWith('.') && !LEVEL_FILE.test(name));
  if (foreign !== undefined)
    throw new Error(`there is something else in this folder ("${foreign}"); give one that is empty`);
  return !names.includes('CURRENT') && names.some((name) => HOLDS_RECORDS.test(name));
}

/** LevelDB passes over a log that it may not read, and deletes it: the records in it would be lost without a word. */
async function assertReadable(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!HOLDS_RECORDS.test(name)) continue;
    const { handle } = await openRegularFile(join(folder, name));
    await handle.close();
  }
}

async function repair(
  folder: string,
  read: (level: Level) => Promise<void>,
  damage: QueueDamage,
): Promise<OpenedFolder> {
  await setAside(folder, damage);
  try {
    await repairLevel(folder);
    return { level: await openAndRead(folder, read), damage };
  } catch (error) {
    throw new Error(
      `it is damaged (${damage.why}) and cannot be repaired: ${innermost(error).text}; ` +
        `"${damage.copy}" has it as it was: move the folder away to begin with an empty one`,
      { cause: error },
    );
  }
}

async function setAside(folder: string, { copy, why }: QueueDamage): Promise<void> {
  // Fails where there is one: an earlier copy is not touched. With Node 24 `errorOnExist` of cp means the folder, too.
  await mkdir(copy, { mode: 0o700 });
  try {
    await cp(folder, copy, { recursive: true, preserveTimestamps: true });
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw new Error(
      `it is damaged (${why}), and cannot be copied to "${copy}" before it is repaired: ${innermost(error).text}; ` +
        'make room, or move the folder away to begin with an empty one',
      { cause: error },
    );
  }
}

/** Whether an operation failed because there was no room, by the error of the system or by LevelDB's words for it. */
export function isDiskFull(error: unknown): boolean {
  return /\b(?:no space left on device|disk quota exceeded)\b/i.test(innermost(error).text);
}

/** LevelDB's own error is the cause of the one that says that the database is not open. */
function innermost(error: unknown): { readonly code: string; readonly text: string } {
  if (!(error instanceof Error)) return { code: '', text: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  return { code: 'code' in error ? String(error.code) : '', text: error.message };
}
