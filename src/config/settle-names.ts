import { ConfigFileError, formatPath } from './config-problem.js';
import type { LoadedFile } from './loaded-config.js';

/** What a file had in it at some moment. */
export interface FileVersion {
  readonly loaded: LoadedFile;
  /** Of the bytes; equal ones mean equal files. */
  readonly checksum: string;
}

/** A file of the set, and what is or shall be in force of it. */
export interface ConfigFile {
  /** As it was found: the path given, or the folder given and a name. */
  readonly file: string;
  /** The path of the command line that led to it. */
  readonly from: string;
  /** Absent: nothing of it could be used yet. */
  readonly version?: FileVersion;
  /** Why it is not its newest content that is in force. */
  readonly error?: ConfigFileError;
}

/**
 * Sees to it that no module's name is in two files. `before` has the versions in force, among which no name is twice. Of two files at odds the one
 * that is new or changed is refused, the later one if both are; it falls back to its version in force.
 */
export function settleNames(
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
    ...(version !== undefined && { version }),
  };
  // Each turn takes a new version out, so this ends.
  return settleNames(files.with(files.indexOf(loser), refused), before);
}

function findClash(files: readonly ConfigFile[]): { earlier: ConfigFile; later: ConfigFile } | undefined {
  const owners = new Map<string, ConfigFile>();
  for (const later of files) {
    for (const name of later.version?.loaded.modules.keys() ?? []) {
      const earlier = owners.get(name);
      if (earlier !== undefined) return { earlier, later };
      owners.set(name, later);
    }
  }
  return undefined;
}

function clashError(refused: FileVersion | undefined, other: FileVersion | undefined): ConfigFileError {
  const problems = [...(refused?.loaded.places ?? [])].flatMap(([name, place]) => {
    const taken = other?.loaded.places.get(name);
    if (taken === undefined) return [];
    return [`${place}: ${formatPath(['modules', name])}: the name is taken by another file, at ${taken}`];
  });
  return new ConfigFileError('error parsing config file', problems);
}
