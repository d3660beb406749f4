import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileProblem } from '../files/file-problem.js';
import { factsOfFile, isNullDevice, namesInFolder } from '../files/regular-file.js';
import { globMatcher, hasWildcard } from '../values/glob.js';

/** The files that a path of the command line leads to. */
export interface FoundFiles {
  readonly files: readonly string[];
  /** Whether the path could be read. If not, `files` has the path itself, so that reading it gives the reason. */
  readonly isComplete: boolean;
}

/**
 * Finds the files of a path. The path of a file is that file; the path of a folder means its `*.yml` and `*.yaml` files
 * that are not hidden, without subfolders and links to /dev/null; and a path with wildcards in its last part means the
 * files that match. The names are sorted by their characters, independent of the locale. `isMeant` chooses the files of
 * a folder instead.
 *
 * An empty folder that is called like a file stands for one: Docker makes it in the place of a file that it is to mount
 * and that does not exist.
 */
export async function findConfigFiles(path: string, isMeant = isConfigName): Promise<FoundFiles> {
  const facts = await factsOf(path);
  // A path that exists is used as it is, even with wildcards in its name.
  if (facts?.isDirectory() === true) {
    const found = await list(path, path, isMeant);
    return found.files.length === 0 && isConfigName(basename(path)) ? only(path, false) : found;
  }
  if (facts !== undefined) return only(path, true);
  return hasWildcard(path) ? list(path, dirname(path), globMatcher(basename(path))) : only(path, false);
}

/** Backups and locks of editors are hidden or have another extension. */
function isConfigName(name: string): boolean {
  return !name.startsWith('.') && /\.ya?ml$/.test(name);
}

function only(path: string, isComplete: boolean): FoundFiles {
  return { files: [path], isComplete };
}

async function list(path: string, folder: string, isMeant: (name: string) => boolean): Promise<FoundFiles> {
  let names: readonly string[];
  try {
    names = await namesInFolder(folder);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return only(path, false);
  }
  const files: string[] = [];
  for (const name of names.filter(isMeant).sort()) {
    const file = join(folder, name);
    // A link that leads nowhere, a FIFO or a device is reported when it is read; it must not be skipped in silence.
    const facts = await factsOf(file);
    if (facts === undefined || !(facts.isDirectory() || isNullDevice(facts))) files.push(file);
  }
  return { files, isComplete: true };
}

/** Returns the facts of a path, with links followed, or undefined if it cannot be reached. */
async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await factsOfFile(path);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return undefined;
  }
}
