import type { Prober } from '../probe/prober.js';
import type { Clock } from '../values/clock.js';
import { ConfigFileError } from './config-problem.js';
import { readConfigSet } from './config-set.js';
import type { ConfigSet } from './config-set.js';
import type { LoadedConfig } from './loaded-config.js';
import { mergeFiles } from './merge-files.js';

export interface ConfigStoreOptions {
  /** Files, folders and patterns, in the order that counts. */
  readonly paths: readonly string[];
  readonly probers: readonly Prober[];
  readonly clock: Clock;
}

/** Whether a reload found other files than those in use. */
export type ReloadOutcome = 'changed' | 'unchanged';

/** How the last reading of a file went. */
export interface ConfigFileState {
  readonly file: string;
  /** Why its newest content is not in force; absent if it is. */
  readonly problem?: string;
}

interface Loaded {
  readonly set: ConfigSet;
  readonly config: LoadedConfig;
}

/** Owns the running configuration: what is current, and how the last reload went. */
export class ConfigStore {
  readonly #options: ConfigStoreOptions;
  #loaded: Loaded;
  #lastReloadSuccessful: boolean;
  #lastReloadSuccessSeconds: number;
  /** The reload that is under way, or the last one: reloads run one after the other. */
  #lastReload: Promise<unknown> = Promise.resolve();

  private constructor(options: ConfigStoreOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#lastReloadSuccessful = isSound(loaded.set);
    this.#lastReloadSuccessSeconds = options.clock.wallSeconds();
  }

  /** Loads the files for the first time; throws a ConfigFileError if none of them can be used. */
  static async open(options: ConfigStoreOptions): Promise<ConfigStore> {
    const set = await readConfigSet(options);
    assertAnySound(set);
    return new ConfigStore(options, { set, config: merge(set) });
  }

  /** The configuration in use. A probe asks once, and keeps what it got. */
  current(): LoadedConfig {
    return this.#loaded.config;
  }

  /** The files that belong to it now. */
  get files(): readonly ConfigFileState[] {
    return this.#loaded.set.files.map(({ file, error }) => ({ file, ...(error && { problem: error.message }) }));
  }

  /** Whether the newest content of every file is in force. */
  get lastReloadSuccessful(): boolean {
    return this.#lastReloadSuccessful;
  }

  /** When that was last so, or else when this began, in seconds since the Unix epoch. */
  get lastReloadSuccessSeconds(): number {
    return this.#lastReloadSuccessSeconds;
  }

  /**
   * Reads the files again; an unchanged one counts as a success. Of a file that cannot be used, what was in force stays so, and `files` has the
   * reason. Throws a ConfigFileError if none can be used, and nothing changed.
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
      const isUnchanged = isSame(set, before.set);
      this.#loaded = { set, config: isUnchanged ? before.config : merge(set) };
      if (isUnchanged) assertAnySound(set);
    } catch (error) {
      this.#lastReloadSuccessful = false;
      throw error;
    }
    this.#lastReloadSuccessful = isSound(this.#loaded.set);
    if (this.#lastReloadSuccessful) this.#lastReloadSuccessSeconds = this.#options.clock.wallSeconds();
    return this.#loaded.config === before.config ? 'unchanged' : 'changed';
  }
}

function isSound({ files }: ConfigSet): boolean {
  return files.every(({ error }) => error === undefined);
}

function merge({ files, emptyPaths }: ConfigSet): LoadedConfig {
  return mergeFiles(
    files.flatMap(({ version }) => (version === undefined ? [] : [version.loaded])),
    emptyPaths.map((path) => ({ message: 'No configuration file found', fields: { path } })),
  );
}

/** Whether the same versions of the same files are in force. */
function isSame(one: ConfigSet, other: ConfigSet): boolean {
  const versions = ({ files }: ConfigSet) => files.flatMap(({ version }) => (version === undefined ? [] : [version]));
  const [ours, theirs] = [versions(one), versions(other)];
  return ours.length === theirs.length && ours.every((version, index) => version === theirs[index]);
}

/** One file alone is refused in the words of its own error. */
function assertAnySound({ files }: ConfigSet): void {
  const errors = files.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [first] = errors;
  if (first === undefined || errors.length < files.length) return;
  if (errors.length === 1) throw first;
  throw new ConfigFileError(
    'no configuration file can be used',
    errors.map(({ message }) => message),
  );
}
