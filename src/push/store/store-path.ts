import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StoreError } from './store-error.js';

/** The folder's name is the name of `--persistence.file` with this suffix. */
const SUFFIX = '.leveldb';

/**
 * Returns the folder of the store for `--persistence.file`. A LevelDB is a folder and upstream's store is a file, so
 * ours is beside that file, and either program finds its own. Rejects with a StoreError if the name is that of a
 * folder: the store would be outside of it, perhaps on another volume.
 */
export async function storeFolder(file: string): Promise<string> {
  const trimmed = file.replace(/(?<=[^/])\/+$/, '');
  if (await isFolder(trimmed)) {
    throw new StoreError(
      'unusable',
      `--persistence.file="${file}" is a folder; name a file in it, such as ${trimmed === '/' ? '' : trimmed}/metrics, and the store will be beside it, with ${SUFFIX} after its name`,
    );
  }
  return `${trimmed}${SUFFIX}`;
}

/** Whether `--persistence.file` is a file of another program, such as upstream's, and there is no store of ours yet. */
export async function isOnlyForeign(file: string): Promise<boolean> {
  const [found, store] = await Promise.all([statOf(file), statOf(`${file}${SUFFIX}`)]);
  return found?.isFile() === true && store === undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() === true;
}

/** A file that cannot be read counts as absent: opening it later gives the reason. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
