import type { ProbeModule } from '../probe/probe-module.js';
import type { ModuleSource } from './compile-module.js';
import type { Shape } from './shape.js';

/** Something in a configuration that works, but should be looked at; for the log. */
export interface ConfigWarning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A configuration that has been read, checked and compiled. */
export interface LoadedConfig {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly warnings: readonly ConfigWarning[];
  /** Modules that refuse every probe, each with its place and what is wrong: `file:line:column: key: text`. */
  readonly faults: readonly string[];
  /** The whole configuration as YAML for /config: defaults included, secrets masked; made when asked for. */
  readonly render: () => string;
}

/** One file of a configuration; a configuration by itself, too. */
export interface LoadedFile extends LoadedConfig {
  readonly sources: readonly ModuleSource[];
  readonly moduleShape: Shape;
  /** For whoever checks the file: what works, but is hardly meant, as lines `file:line:column: key: warning: text`. Looks files up. */
  readonly checkWarnings: () => Promise<readonly string[]>;
  /** Where each module's name stands, as `file:line:column`. */
  readonly places: ReadonlyMap<string, string>;
}
