import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StoreError } from './store-error.js';

/** What follows the name of `--persistence.file` in the name of the store's folder. */
const SUFFIX = '.leveldb';

/**
 * The folder of the store that `--persistence.file` names: a LevelDB is a folder, and where upstream has its file, it stands beside it, so that either program
 * finds its own. Rejects with a StoreError where the name is a folder's: its store would be outside of it, on another volume perhaps.
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

/** Whether a file of another program, such as upstream's, bears the name itself, and there is no store beside it yet. */
export async function isOnlyForeign(file: string, folder: string): Promise<boolean> {
  const [found, store] = await Promise.all([statOf(file), statOf(folder)]);
  return found?.isFile() === true && store === undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() === true;
}

/** What cannot be looked at counts as absent: whoever opens it next says why. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
