import { promises, readFileSync } from 'node:fs';

/**
 * Loads modules by `load`, which imports them, so that their files are read one after the other. Node 20 opens all
 * files of a program at the same time, some five hundred, by the function that stands in for a moment here; later ones
 * hold few open. It takes no more time, and one descriptor.
 */
export async function loadOneByOne<T>(load: () => Promise<T>): Promise<T> {
  const { readFile } = promises;
  // Node's loader reads whole files by a URL, without options.
  Object.assign(promises, { readFile: (url: URL) => Promise.resolve(url).then((file) => readFileSync(file)) });
  try {
    return await load();
  } finally {
    Object.assign(promises, { readFile });
  }
}
