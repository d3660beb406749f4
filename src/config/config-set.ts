import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Prober } from '../probe/prober.js';
import { findConfigFiles } from './config-files.js';
import { ConfigFileError } from './config-problem.js';
import { loadConfig } from './load-config.js';
import { NotUtf8Error, readConfigFile } from './read-config-file.js';
import { type ConfigFile, type FileVersion, resolveNameClashes } from './resolve-name-clashes.js';

/** The files that make up one configuration, in order. */
export interface ConfigSet {
  readonly files: readonly ConfigFile[];
  /** The paths that lead to no file. That is allowed, but rarely intended. */
  readonly emptyPaths: readonly string[];
}

/** The files that make up the configuration, and the probers of its modules. */
export interface ConfigSetOptions {
  /** Files, folders and patterns. Earlier ones come first in the configuration. */
  readonly paths: readonly string[];
  readonly probers: readonly Prober[];
}

interface FoundFile {
  readonly file: string;
  readonly from: string;
}

/**
 * Reads all files that the paths lead to. A file that cannot be used keeps its version of `before`, with the reason
 * beside it. A file that has gone from a folder or pattern is left out, unless the folder itself cannot be read. Throws
 * a ConfigFileError if there is no file at all.
 */
export async function readConfigSet({ paths, probers }: ConfigSetOptions, before?: ConfigSet): Promise<ConfigSet> {
  const { found, empty } = await findAll(paths, before);
  if (found.length === 0) {
    throw new ConfigFileError('error parsing config file', empty.map(emptyPathProblem));
  }
  const versions = new Map<string, FileVersion>();
  for (const { file, version } of before?.files ?? []) if (version !== undefined) versions.set(file, version);
  const read: ConfigFile[] = [];
  // The files are read one after the other, so that a folder of thousands of files needs no more descriptors than one
  // file.
  for (const each of found) read.push(await readOne(each, versions.get(each.file), probers));
  return { files: resolveNameClashes(read, versions), emptyPaths: empty };
}

/** The message for a path that leads to no file. */
export function emptyPathProblem(path: string): string {
  return `${path}: there is no configuration file`;
}

/** A file that several paths lead to has the place of the first one. */
async function findAll(
  paths: readonly string[],
  before: ConfigSet | undefined,
): Promise<{ found: readonly FoundFile[]; empty: readonly string[] }> {
  const found = new Map<string, FoundFile>();
  const empty: string[] = [];
  for (const from of paths) {
    const { files, isComplete } = await findConfigFiles(from);
    if (files.length === 0) empty.push(from);
    const known = isComplete ? [] : (before?.files.filter((each) => each.from === from) ?? []).map(({ file }) => file);
    for (const file of [...files, ...known]) {
      const key = resolve(file);
      if (!found.has(key)) found.set(key, { file, from });
    }
  }
  return { found: [...found.values()], empty };
}

/** A broken file with a policy in it, though its key be misspelt, is not left out. */
const MENTIONS_POLICY = /target.{0,8}pol/i;

async function readOne(
  found: FoundFile,
  before: FileVersion | undefined,
  probers: readonly Prober[],
): Promise<ConfigFile> {
  const { file } = found;
  let hasPolicy = false;
  try {
    const { bytes, text } = await readConfigFile(file);
    hasPolicy = MENTIONS_POLICY.test(text);
    const checksum = createHash('sha256').update(bytes).digest('hex');
    if (checksum === before?.checksum) return { ...found, version: before };
    return { ...found, version: { loaded: await loadConfig(text, file, probers), checksum } };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    if (error instanceof NotUtf8Error) hasPolicy = MENTIONS_POLICY.test(error.text);
    return { ...found, error, hasPolicy, ...(before !== undefined && { version: before }) };
  }
}
