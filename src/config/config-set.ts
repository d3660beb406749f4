import { resolve } from 'node:path';
import type { Prober } from '../probe/prober.js';
import { inSlices, type Steps } from '../values/in-slices.js';
import { findConfigFiles } from './config-files.js';
import { ConfigFileError } from './config-problem.js';
import { areBasesSame, type ForeignBase, type ForeignBases, mentionsExtends, NO_BASES } from './extends/bases.js';
import { loadConfig } from './load-config.js';
import type { LoadedFile } from './loaded-config.js';
import { type LoadOptions, readGivenModules } from './read-config.js';
import { type ConfigText, NotUtf8Error, readConfigFile } from './read-config-file.js';
import { areReferencesSame } from './references/expand-document.js';
import type { Environment } from './references/resolve-references.js';
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
  /** The variables that texts may refer to; absent where they refer to nothing. */
  readonly env?: Environment;
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
export async function readConfigSet({ paths, probers, env }: ConfigSetOptions, before?: ConfigSet): Promise<ConfigSet> {
  const { found, empty } = await findAll(paths, before);
  if (found.length === 0) {
    throw new ConfigFileError('error parsing config file', empty.map(emptyPathProblem));
  }
  const versions = new Map<string, FileVersion>();
  for (const { file, version } of before?.files ?? []) if (version !== undefined) versions.set(file, version);
  const read: ConfigFile[] = [];
  const texts: FileText[] = [];
  // The files are read one after the other, so that a folder of thousands of files needs no more descriptors than one
  // file.
  for (const each of found) texts.push(await readText(each));
  const bases = await basesOf(texts, versions, env);
  for (const each of texts) read.push(await readOne(each, versions.get(each.found.file), { probers, bases, env }));
  return { files: await inSlices(resolveNameClashes(read, versions)), emptyPaths: empty };
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
    const { files: listed, isComplete } = await findConfigFiles(from);
    // A folder without files in the place of a file is no reason to forget what the file said.
    const isOf = ({ file, version }: ConfigFile): boolean => file === from && version !== undefined;
    const wasFile = listed.length === 0 && before?.files.some(isOf) === true;
    const files = wasFile ? [from] : listed;
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
/** The longest match of MENTIONS_POLICY with NULs between the letters, in characters. */
const LONGEST_MENTION = 34;
const CHARACTERS_A_STEP = 64 * 1024;

function* mentionsPolicy(text: string): Steps<boolean> {
  for (let at = 0; at < text.length; at += CHARACTERS_A_STEP) {
    yield;
    const part = text.slice(at, at + CHARACTERS_A_STEP + LONGEST_MENTION);
    if (MENTIONS_POLICY.test(part.replaceAll('\0', ''))) return true;
  }
  return false;
}

/** The content of a configuration file, or the error of reading it. */
interface FileText {
  readonly found: FoundFile;
  readonly content: ConfigText | ConfigFileError;
}

async function readText(found: FoundFile): Promise<FileText> {
  try {
    return { found, content: await readConfigFile(found.file) };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return { found, content: error };
  }
}

/**
 * The modules that other files can extend, if any file seems to extend one. Of a file that cannot be read they are
 * those of the version in use.
 */
async function basesOf(
  texts: readonly FileText[],
  versions: ReadonlyMap<string, FileVersion>,
  env: Environment | undefined,
): Promise<ForeignBases> {
  if (!texts.some(({ content }) => !(content instanceof ConfigFileError) && mentionsExtends(content.text)))
    return NO_BASES;
  const bases = new Map<string, ForeignBase>();
  for (const { found, content } of texts) {
    const read = content instanceof ConfigFileError ? undefined : await readGivenModules(content.text, env);
    const inUse = versions.get(found.file)?.loaded.sources ?? [];
    const modules =
      read ?? new Map(inUse.map(({ name, given, shown }) => [name, { given, shown: shown ?? given }] as const));
    for (const [name, module] of modules) if (!bases.has(name)) bases.set(name, { ...module, file: found.file });
  }
  return bases;
}

async function readOne(
  { found, content }: FileText,
  before: FileVersion | undefined,
  { probers, ...options }: LoadOptions & { readonly probers: readonly Prober[]; readonly bases: ForeignBases },
): Promise<ConfigFile> {
  const kept = before !== undefined && { version: before };
  if (content instanceof ConfigFileError) {
    const hasPolicy = content instanceof NotUtf8Error && (await inSlices(mentionsPolicy(content.text)));
    return { ...found, error: content, hasPolicy, ...kept };
  }
  const { text, checksum } = content;
  try {
    if (checksum === before?.checksum && (await isUnchanged(before.loaded, options))) {
      return { ...found, version: before };
    }
    return { ...found, version: { loaded: await loadConfig(text, found.file, probers, options), checksum } };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return { ...found, error, hasPolicy: await inSlices(mentionsPolicy(text)), ...kept };
  }
}

/** Whether all that a file takes from elsewhere is what it was. */
async function isUnchanged(
  { usedBases, usedReferences }: LoadedFile,
  { bases, env }: LoadOptions & { readonly bases: ForeignBases },
): Promise<boolean> {
  return (await inSlices(areBasesSame(usedBases, bases))) && (await areReferencesSame(usedReferences, env));
}
