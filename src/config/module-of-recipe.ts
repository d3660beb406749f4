import type { GuardedRecipe } from '../probe/module-recipe.js';
import { TargetPolicy } from '../probe/policy/target-policy.js';
import type { ProbeModule } from '../probe/probe-module.js';
import type { Prober } from '../probe/prober.js';
import { textMask } from '../probe/text-mask.js';
import { compileModule } from './compile-module.js';
import { guarded } from './guard-modules.js';
import { MODULE_SHAPE } from './schema/module-shape.js';

/**
 * Makes a module from a recipe. It probes like the module that the recipe was made of, but does not describe itself.
 * Throws a ConfigError.
 */
export function moduleOfRecipe({ recipe, guard }: GuardedRecipe, probers: readonly Prober[]): ProbeModule {
  const { name, raw, secrets } = recipe;
  const mask = textMask(secrets);
  const module = compileModule({ name, given: null, raw, ...(mask && { mask }) }, MODULE_SHAPE, probers);
  return guard === undefined ? module : guarded(module, { raw: guard, policy: TargetPolicy.compile(guard) });
}
