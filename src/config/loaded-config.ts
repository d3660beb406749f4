import type { TargetPolicy } from '../probe/policy/target-policy.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { ModuleSource } from './compile-module.js';
import type { UsedBases } from './extends/bases.js';
import type { PolicySource } from './read-config.js';
import type { UsedReferences } from './references/expand-document.js';
import type { Shape } from './schema/shape.js';

/** Something in a configuration that works but deserves a line in the log. */
export interface ConfigWarning {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A configuration that has been read, checked and compiled. */
export interface LoadedConfig {
  readonly modules: ReadonlyMap<string, ProbeModule>;
  readonly warnings: readonly ConfigWarning[];
  /** The modules whose probes always fail, each with its place and the reason: `file:line:column: key: text`. */
  readonly faults: readonly string[];
  /** Whether a policy says where the probes of every module may go. */
  readonly isGuarded: boolean;
  /** The whole configuration as YAML for /config, with defaults and with secrets masked; empty pieces are pauses. */
  readonly render: () => Iterable<string>;
  /** Key: the name of a module; value: its place as `file:line:column`. */
  readonly places: ReadonlyMap<string, string>;
}

/** The target policy of a file. */
export interface FilePolicy extends PolicySource {
  readonly policy: TargetPolicy;
  /** The place of the module, as `file:line:column`. */
  readonly place: string;
}

/** One file of a configuration, which is also a configuration of its own. */
export interface LoadedFile extends LoadedConfig {
  readonly sources: readonly ModuleSource[];
  /** The policy of all modules, if the file has one; its modules already go by it. */
  readonly policy?: FilePolicy;
  readonly moduleShape: Shape;
  /** The modules of other files that are extended, with their checksums. */
  readonly usedBases: UsedBases;
  /** The variables and files that texts refer to. */
  readonly usedReferences: UsedReferences;
  /**
   * Returns warnings for the command that checks the file, as lines `file:line:column: key: warning: text`. It looks up
   * the files that the configuration names.
   */
  readonly checkWarnings: () => Promise<readonly string[]>;
}
