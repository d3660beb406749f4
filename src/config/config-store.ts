import type { Prober } from '../probe/prober.js';
import type { Clock } from '../values/clock.js';
import { inSlices } from '../values/in-slices.js';
import { ConfigFileError } from './config-problem.js';
import { type ConfigSet, readConfigSet } from './config-set.js';
import type { LoadedConfig } from './loaded-config.js';
import { mergeFiles } from './merge-files.js';
import type { Environment } from './references/resolve-references.js';

/** The files that make up the configuration, the probers of its modules, and the clock. */
export interface ConfigStoreOptions {
  /** Files, folders and patterns. Earlier ones come first in the configuration. */
  readonly paths: readonly string[];
  readonly probers: readonly Prober[];
  /** The variables that texts may refer to; absent where they refer to nothing. */
  readonly env?: Environment;
  readonly clock: Clock;
  /**
   * Makes others ready for a changed configuration, before it comes into use. A ConfigFileError that it rejects with is
   * like one of the files: nothing changes.
   */
  readonly beforeUse?: (config: LoadedConfig) => Promise<void>;
}

/** Whether a reload found files that differ from those in use. */
export type ReloadOutcome = 'changed' | 'unchanged';

/** How the last reading of a file went. */
export interface ConfigFileState {
  readonly file: string;
  /** The SHA-256 of the content in use, in hexadecimal digits; absent if none is. */
  readonly sha256?: string;
  /** Why the newest content is not in use; absent if it is. */
  readonly problem?: string;
}

interface Loaded {
  readonly set: ConfigSet;
  readonly config: LoadedConfig;
}

/** Owns the running configuration and the result of the last reload. */
export class ConfigStore {
  readonly #options: ConfigStoreOptions;
  #loaded: Loaded;
  #lastReloadSuccessful: boolean;
  #lastReloadSuccessSeconds: number;
  /** The last reload, which may still be running. Reloads run one after the other. */
  #lastReload: Promise<unknown> = Promise.resolve();

  private constructor(options: ConfigStoreOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#lastReloadSuccessful = isUpToDate(loaded.set);
    this.#lastReloadSuccessSeconds = options.clock.wallSeconds();
  }

  /** Loads the files for the first time. Throws a ConfigFileError if none of them can be used. */
  static async open(options: ConfigStoreOptions): Promise<ConfigStore> {
    const set = await readConfigSet(options);
    assertNoPolicyLost(set);
    assertAnyUpToDate(set);
    return new ConfigStore(options, { set, config: await merge(set) });
  }

  /**
   * Returns the configuration in use. A probe calls this once and keeps the result, so that a reload does not change
   * it.
   */
  current(): LoadedConfig {
    return this.#loaded.config;
  }

  /** The files of the configuration in use. */
  get files(): readonly ConfigFileState[] {
    return this.#loaded.set.files.map(({ file, version, error }) => ({
      file,
      ...(version && { sha256: version.checksum }),
      ...(error && { problem: error.message }),
    }));
  }

  /** Whether the newest content of every file is in use. */
  get lastReloadSuccessful(): boolean {
    return this.#lastReloadSuccessful;
  }

  /** When a reload last succeeded, or else when the store was opened, in seconds since the Unix epoch. */
  get lastReloadSuccessSeconds(): number {
    return this.#lastReloadSuccessSeconds;
  }

  /**
   * Reads the files again. Unchanged files count as a success. If a file cannot be used, its old version stays in use,
   * and `files` has the reason. Throws a ConfigFileError, and changes nothing, if no file can be used.
   */
  reload(): Promise<ReloadOutcome> {
    const reload = this.#lastReload.then(() => this.#reload());
    this.#lastReload = reload.catch(() => undefined);
    return reload;
  }

  async #reload(): Promise<ReloadOutcome> {
    const before = this.#loaded;
    try {
      const set = await readConfigSet(this.#options, before.set);
      assertNoPolicyLost(set, before.set);
      const isUnchanged = isSame(set, before.set);
      const config = isUnchanged ? before.config : await merge(set);
      if (!isUnchanged) await this.#options.beforeUse?.(config);
      this.#loaded = { set, config };
      if (isUnchanged) assertAnyUpToDate(set);
    } catch (error) {
      this.#lastReloadSuccessful = false;
      throw error;
    }
    this.#lastReloadSuccessful = isUpToDate(this.#loaded.set);
    if (this.#lastReloadSuccessful) this.#lastReloadSuccessSeconds = this.#options.clock.wallSeconds();
    return this.#loaded.config === before.config ? 'unchanged' : 'changed';
  }
}

function isUpToDate({ files }: ConfigSet): boolean {
  return files.every(({ error }) => error === undefined);
}

function merge({ files, emptyPaths }: ConfigSet): Promise<LoadedConfig> {
  const loaded = files.flatMap(({ version }) => (version === undefined ? [] : [version.loaded]));
  const warnings = emptyPaths.map((path) => ({ message: 'No configuration file found', fields: { path } }));
  return inSlices(mergeFiles(loaded, warnings));
}

/** Whether the same versions of the same files are in use. */
function isSame(one: ConfigSet, other: ConfigSet): boolean {
  const versions = ({ files }: ConfigSet) => files.flatMap(({ version }) => (version === undefined ? [] : [version]));
  const [ours, theirs] = [versions(one), versions(other)];
  return ours.length === theirs.length && ours.every((version, index) => version === theirs[index]);
}

/**
 * A broken file is left out, but not with a policy in it: then the modules of the others could probe what it forbids.
 */
function assertNoPolicyLost({ files }: ConfigSet, before?: ConfigSet): void {
  const hadPolicy = before !== undefined && hasAnyPolicy(before);
  const isLost = hadPolicy && !hasAnyPolicy({ files });
  for (const { version, error, hasPolicy } of files) {
    const mayBringOne = hasPolicy === true && version?.loaded.policy === undefined;
    if (error !== undefined && (mayBringOne || isLost)) throw error;
  }
}

function hasAnyPolicy({ files }: Pick<ConfigSet, 'files'>): boolean {
  return files.some(({ version }) => version?.loaded.policy !== undefined);
}

/** For a single file, the error is that file's own. */
function assertAnyUpToDate({ files }: ConfigSet): void {
  const errors = files.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [first] = errors;
  if (first === undefined || errors.length < files.length) return;
  if (errors.length === 1) throw first;
  throw new ConfigFileError(
    'no configuration file can be used',
    errors.map(({ message }) => message),
  );
}
