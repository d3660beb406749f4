import type { RawModule, RawTargetPolicy } from '../values/raw-config.js';

/**
 * Plain data from which another process builds the same module. A module keeps the same object while it is in use, so
 * that it is sent once.
 */
export interface ModuleRecipe {
  readonly name: string;
  /** The values with defaults, references resolved. */
  readonly raw: RawModule;
  /** The values of its references, which are masked in all output. */
  readonly secrets: readonly string[];
}

/** A module, and the policy of all modules that holds for it beside its own. */
export interface GuardedRecipe {
  readonly recipe: ModuleRecipe;
  readonly guard?: RawTargetPolicy;
}
