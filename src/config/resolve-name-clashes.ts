import type { Steps } from '../values/in-slices.js';
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
export function* resolveNameClashes(
  files: readonly ConfigFile[],
  before: ReadonlyMap<string, FileVersion>,
): Steps<readonly ConfigFile[]> {
  const clash = yield* findClash(files);
  if (clash === undefined) return files;
  const { earlier, later } = clash;
  const isLaterNew = later.version !== before.get(later.file);
  const [loser, other] = isLaterNew ? [later, earlier] : [earlier, later];
  const version = before.get(loser.file);
  const refused: ConfigFile = {
    file: loser.file,
    from: loser.from,
    error: yield* clashError(loser.version, other.version),
    hasPolicy: loser.version?.loaded.policy !== undefined,
    ...(version !== undefined && { version }),
  };
  // Each round rejects one new version, so this ends.
  return yield* resolveNameClashes(files.with(files.indexOf(loser), refused), before);
}

interface Clash {
  readonly earlier: ConfigFile;
  readonly later: ConfigFile;
}

/** Finds two files with a module of the same name, or with a policy each. Both must be unique among all files. */
function* findClash(files: readonly ConfigFile[]): Steps<Clash | undefined> {
  const owners = new Map<string, ConfigFile>();
  let ownerOfPolicy: ConfigFile | undefined;
  for (const later of files) {
    if (later.version === undefined) continue;
    const { modules, policy } = later.version.loaded;
    for (const name of modules.keys()) {
      yield;
      const earlier = owners.get(name);
      if (earlier !== undefined) return { earlier, later };
      owners.set(name, later);
    }
    if (policy === undefined) continue;
    if (ownerOfPolicy !== undefined) return { earlier: ownerOfPolicy, later };
    ownerOfPolicy = later;
  }
  return undefined;
}

function* clashError(refused: FileVersion | undefined, other: FileVersion | undefined): Steps<ConfigFileError> {
  const problems: string[] = [];
  for (const [name, place] of refused?.loaded.places ?? []) {
    yield;
    const taken = other?.loaded.places.get(name);
    if (taken === undefined) continue;
    problems.push(`${place}: ${formatPath(['modules', name])}: the name is taken by another file, at ${taken}`);
  }
  const [policy, taken] = [refused?.loaded.policy, other?.loaded.policy];
  if (policy !== undefined && taken !== undefined) {
    problems.push(
      `${policy.place}: target_policy: another file has it, at ${taken.place}; write all rules in one of them`,
    );
  }
  return new ConfigFileError('error parsing config file', problems);
}
