import type { GuardedRecipe, ModuleRecipe } from '../../../probe/module-recipe.js';
import type { RawTargetPolicy } from '../../../values/raw-config.js';

/**
 * Numbers by which the first process and its workers name modules. A module that nobody can ask for any more, and that
 * no probe runs with, is forgotten as soon as V8 has collected it: workers hold as many modules as the first process.
 */
export class ModuleNumbers {
  readonly #numbers = new WeakMap<ModuleRecipe, Map<RawTargetPolicy | undefined, number>>();
  readonly #collected: FinalizationRegistry<ReadonlyMap<unknown, number>>;
  #last = 0;

  /** `onForgotten` gets the numbers that no message will have any more. */
  constructor(onForgotten: (numbers: readonly number[]) => void) {
    this.#collected = new FinalizationRegistry((numbers) => {
      onForgotten([...numbers.values()]);
    });
  }

  of({ recipe, guard }: GuardedRecipe): number {
    let numbers = this.#numbers.get(recipe);
    if (numbers === undefined) {
      this.#numbers.set(recipe, (numbers = new Map<RawTargetPolicy | undefined, number>()));
      this.#collected.register(recipe, numbers);
    }
    let number = numbers.get(guard);
    if (number === undefined) numbers.set(guard, (number = ++this.#last));
    return number;
  }
}
