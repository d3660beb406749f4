import type { ConfigFileState } from '../../config/config-store.js';
import type { ProbeModule } from '../../probe/probe-module.js';

/** The configuration in force, as the server uses it. */
export interface RunningConfig {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  /** Problems that do not prevent probes, but should be corrected. */
  readonly warnings: readonly { readonly message: string; readonly fields: Readonly<Record<string, string>> }[];
  /** Modules that refuse every probe: their places and what is wrong, a line each. */
  readonly faults: readonly string[];
  /** Whether a policy says where the probes of every module may go. */
  readonly isGuarded: boolean;
  /** The whole configuration as YAML, defaults included and secrets masked; empty pieces are pauses. */
  readonly render: () => Iterable<string>;
  /** Key: the name of a module; value: where it stands, as `file:line:column`. */
  readonly places?: ReadonlyMap<string, string>;
}

/** The configuration and how its last reload went. */
export interface ConfigSource {
  readonly current: () => RunningConfig;
  /** The files that it is made of. */
  readonly files: readonly ConfigFileState[];
  /** Reads it again; rejects, and keeps the old one, if none of its files can be used. */
  readonly reload: () => Promise<'changed' | 'unchanged'>;
  readonly lastReloadSuccessful: boolean;
  /** Seconds since the Unix epoch. */
  readonly lastReloadSuccessSeconds: number;
}
