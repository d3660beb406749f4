import type { ProbeModule } from '../probe/probe-module.js';

/** Something in a configuration that works, but should be looked at; for the log. */
export interface ConfigWarning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A configuration that has been read, checked and compiled. */
export interface LoadedConfig {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly warnings: readonly ConfigWarning[];
  /** The whole configuration as YAML for /config: defaults included, secrets masked; made when asked for. */
  readonly render: () => string;
}
