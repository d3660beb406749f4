import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileProblem } from '../files/file-problem.js';
import { factsOfFile, namesInFolder } from '../files/regular-file.js';
import { globMatcher, hasWildcard } from '../values/glob.js';

/** The files that a path of the command line leads to. */
export interface FoundFiles {
  readonly files: readonly string[];
  /** Whether the path could be looked at; if not, `files` holds the path itself, so that reading it gives the reason. */
  readonly isComplete: boolean;
}

/**
 * Follows a path: a file is itself, a folder means the `*.yml` and `*.yaml` in it that are not hidden, and a path with wildcards in its last part
 * means the files that it matches. Folders below are not entered. Names come in the order of their characters, whatever the locale.
 */
export async function findConfigFiles(path: string): Promise<FoundFiles> {
  const facts = await factsOf(path);
  // What is there under exactly this name is meant, also with wildcards in it.
  if (facts !== undefined) return facts.isDirectory() ? list(path, path, isConfigName) : only(path, true);
  return hasWildcard(path) ? list(path, dirname(path), globMatcher(basename(path))) : only(path, false);
}

/** Editors' backups and locks are hidden or have another ending. */
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
    // A link that leads nowhere is somebody's mistake, not to be passed over.
    if ((await factsOf(file))?.isFile() ?? true) files.push(file);
  }
  return { files, isComplete: true };
}

/** What the system knows of a path, links followed; undefined if it cannot be reached. */
async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await factsOfFile(path);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    return undefined;
  }
}
