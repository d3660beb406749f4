import { createHash } from 'node:crypto';
import type { Prober } from '../probe/prober.js';
import type { Clock } from '../values/clock.js';
import { loadConfig } from './load-config.js';
import type { LoadedConfig } from './loaded-config.js';
import { readConfigFile } from './read-config-file.js';

export interface ConfigStoreOptions {
  readonly file: string;
  readonly probers: readonly Prober[];
  readonly clock: Clock;
}

/** Whether a reload found another file than the one in use. */
export type ReloadOutcome = 'changed' | 'unchanged';

interface Loaded {
  readonly config: LoadedConfig;
  readonly checksum: string;
}

/** Owns the running configuration: what is current, and how the last reload went. */
export class ConfigStore {
  readonly #options: ConfigStoreOptions;
  #loaded: Loaded;
  #lastReloadSuccessful = true;
  #lastReloadSuccessSeconds: number;
  /** The reload that is under way, or the last one: reloads run one after the other. */
  #lastReload: Promise<unknown> = Promise.resolve();

  private constructor(options: ConfigStoreOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#lastReloadSuccessSeconds = options.clock.wallSeconds();
  }

  /** Loads the file for the first time; throws a ConfigFileError if it cannot be used. */
  static async open(options: ConfigStoreOptions): Promise<ConfigStore> {
    return new ConfigStore(options, await load(options, undefined));
  }

  /** The configuration in use. A probe asks once, and keeps what it got. */
  current(): LoadedConfig {
    return this.#loaded.config;
  }

  get lastReloadSuccessful(): boolean {
    return this.#lastReloadSuccessful;
  }

  /** Seconds since the Unix epoch. */
  get lastReloadSuccessSeconds(): number {
    return this.#lastReloadSuccessSeconds;
  }

  /** Reads the file again; an unchanged one counts as a success. Throws a ConfigFileError and changes nothing if it cannot be used. */
  reload(): Promise<ReloadOutcome> {
    const reload = this.#lastReload.then(() => this.#reload());
    this.#lastReload = reload.catch(() => undefined);
    return reload;
  }

  async #reload(): Promise<ReloadOutcome> {
    const before = this.#loaded;
    try {
      this.#loaded = await load(this.#options, before);
    } catch (error) {
      this.#lastReloadSuccessful = false;
      throw error;
    }
    this.#lastReloadSuccessful = true;
    this.#lastReloadSuccessSeconds = this.#options.clock.wallSeconds();
    return this.#loaded === before ? 'unchanged' : 'changed';
  }
}

/** What is in the file: `before` itself if that has not changed. */
async function load({ file, probers }: ConfigStoreOptions, before: Loaded | undefined): Promise<Loaded> {
  const { bytes, text } = await readConfigFile(file);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  if (checksum === before?.checksum) return before;
  return { config: await loadConfig(text, file, probers), checksum };
}
