import { ConfigFileError, formatPath } from './config-problem.js';
import type { LoadedFile } from './loaded-config.js';

/** The content of a file at some point in time. */
export interface FileVersion {
  readonly loaded: LoadedFile;
  /** The checksum of the bytes. Equal checksums mean equal files. */
  readonly checksum: string;
}

/** A file of the set, and the version of it that is or will be in use. */
export interface ConfigFile {
  /** The path as found: the given path, or the given folder and a name. */
  readonly file: string;
  /** The path of the command line that led to the file. */
  readonly from: string;
  /** Absent if no version of the file could be used yet. */
  readonly version?: FileVersion;
  /** Why the newest content is not in use. */
  readonly error?: ConfigFileError;
  /** Whether the newest content, which is not in use, seems to have a target policy. */
  readonly hasPolicy?: boolean;
}

/**
 * Makes sure that no two files have a module of the same name, or a target policy. `before` has the versions in use,
 * which have no name twice. Of two files with the same name, the new or changed one is rejected, or the later one if
 * both are; its version in use stays.
 */
export function resolveNameClashes(
  files: readonly ConfigFile[],
  before: ReadonlyMap<string, FileVersion>,
): readonly ConfigFile[] {
  const clash = findClash(files);
  if (clash === undefined) return files;
  const { earlier, later } = clash;
  const isLaterNew = later.version !== before.get(later.file);
  const [loser, other] = isLaterNew ? [later, earlier] : [earlier, later];
  const version = before.get(loser.file);
  const refused: ConfigFile = {
    file: loser.file,
    from: loser.from,
    error: clashError(loser.version, other.version),
    hasPolicy: loser.version?.loaded.policy !== undefined,
    ...(version !== undefined && { version }),
  };
  // Each round rejects one new version, so this ends.
  return resolveNameClashes(files.with(files.indexOf(loser), refused), before);
}

function findClash(files: readonly ConfigFile[]): { earlier: ConfigFile; later: ConfigFile } | undefined {
  const owners = new Map<string, ConfigFile>();
  for (const later of files) {
    for (const name of ownedBy(later.version)) {
      const earlier = owners.get(name);
      if (earlier !== undefined) return { earlier, later };
      owners.set(name, later);
    }
  }
  return undefined;
}

/** What no other file may have. Names of modules get a mark, since a module may have any name. */
function ownedBy(version: FileVersion | undefined): readonly string[] {
  if (version === undefined) return [];
  const { modules, policy } = version.loaded;
  return [...[...modules.keys()].map((name) => `module ${name}`), ...(policy === undefined ? [] : ['policy'])];
}

function clashError(refused: FileVersion | undefined, other: FileVersion | undefined): ConfigFileError {
  const problems = [...(refused?.loaded.places ?? [])].flatMap(([name, place]) => {
    const taken = other?.loaded.places.get(name);
    if (taken === undefined) return [];
    return [`${place}: ${formatPath(['modules', name])}: the name is taken by another file, at ${taken}`];
  });
  const [policy, taken] = [refused?.loaded.policy, other?.loaded.policy];
  if (policy !== undefined && taken !== undefined) {
    problems.push(
      `${policy.place}: target_policy: another file has it, at ${taken.place}; write all rules in one of them`,
    );
  }
  return new ConfigFileError('error parsing config file', problems);
}
