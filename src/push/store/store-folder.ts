import { copyFile, cp, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { damagedStore, StoreError } from './store-error.js';

/** Files that hold records. */
const HOLDS_RECORDS = /^(?:\d+\.(?:log|ldb|sst)|ACKNOWLEDGED)$/;
const TABLE = /^\d+\.(?:ldb|sst)$/;
const LEVEL_FILE = /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:log|ldb|sst|dbtmp)|ACKNOWLEDGED)$/;
/** The files to copy. Tables come last: they never change, but the other files do. */
const COPIED = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/;
const COPY = 'reading';

/**
 * Whether the folder holds a store. If not, it is empty or has at most the files of a store that was never begun.
 * Throws a StoreError if LevelDB would start an empty database although there are records, because the file that lists
 * the others is missing.
 */
export async function holdsStore(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  if (names.includes('CURRENT')) return true;
  if (names.some((name) => HOLDS_RECORDS.test(name))) throw damagedStore(folder, 'the file CURRENT is missing');
  const foreign = names.find((name) => !LEVEL_FILE.test(name) && name !== COPY && name !== 'lost+found');
  if (foreign !== undefined) {
    throw new StoreError(
      'unusable',
      `the folder "${folder}" is not a store, it holds "${foreign}"; move it away, or name another file with --persistence.file`,
    );
  }
  return false;
}

/**
 * Throws an Error if one of the store's files is a FIFO, a folder or the like: LevelDB and the system would wait for a
 * FIFO without end.
 */
export async function assertRegularFiles(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!LEVEL_FILE.test(name)) continue;
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) throw new Error(`"${path}" is no regular file`);
  }
}

/**
 * Calls `use` with a copy of the store. LevelDB cannot read without writing, and in a copy this changes nothing in the
 * store itself. The copy shares the table files by hard links, so it is small; on a file system without hard links it
 * is a full copy. Files named in `without` are left out.
 */
export async function withCopy<T>(
  folder: string,
  use: (copy: string) => Promise<T>,
  without: readonly string[] = [],
): Promise<T> {
  const copy = join(folder, COPY);
  await rm(copy, { recursive: true, force: true });
  try {
    await mkdir(copy, { mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (COPIED.test(name) && !without.includes(name)) await copyInto(copy, folder, name);
    }
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Copies the whole store into a new folder beside it. Rejects if that folder exists. */
export async function setAside(folder: string, target: string): Promise<void> {
  await cp(folder, target, { recursive: true, errorOnExist: true, force: false, preserveTimestamps: true });
}

/**
 * Makes the folder of a new store, with access for its owner only. Its parent must exist: a volume that is not mounted
 * must not be mistaken for an empty one.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!isThere(error)) throw error;
  }
}

/** Returns no names if there is no folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function copyInto(copy: string, folder: string, name: string): Promise<void> {
  const from = join(folder, name);
  const to = join(copy, name);
  if (!TABLE.test(name)) await copyFile(from, to);
  else await link(from, to).catch(() => copyFile(from, to));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
