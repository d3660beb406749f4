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

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Upstream's file need not be there.
    return false;
  }
}
