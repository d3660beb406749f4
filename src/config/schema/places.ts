import type { PathStep } from '../../values/config-error.js';
import { ownValue } from '../../values/own-value.js';

/** The place of a value in the file. */
interface Place {
  readonly keyOffset: number;
  readonly valueOffset: number;
  /** The step in the file. It differs from the loaded one for items of a list after a null, which is dropped. */
  readonly step: PathStep;
}

/** A path through loaded values, and its place in the file. */
export interface Located {
  readonly path: readonly PathStep[];
  readonly offset: number;
}

/** Records where in the file the parts of loaded values come from. */
export class Places {
  readonly #ofContainer = new Map<object, Map<PathStep, Place>>();
  #rootOffset = 0;

  setRoot(offset: number): void {
    this.#rootOffset = offset;
  }

  record(container: object, step: PathStep, place: Place): void {
    const steps = this.#ofContainer.get(container);
    if (steps === undefined) this.#ofContainer.set(container, new Map([[step, place]]));
    else steps.set(step, place);
  }

  /**
   * Returns the place of `path`, or of its longest part that is in the file. `at` says whether the key or the value of
   * the last step is meant.
   */
  locate(root: unknown, path: readonly PathStep[], at: 'key' | 'value' = 'value'): Located {
    let offset = this.#rootOffset;
    let value = root;
    const shown: PathStep[] = [];
    for (const [index, step] of path.entries()) {
      const place = isContainer(value) ? this.#ofContainer.get(value)?.get(step) : undefined;
      shown.push(place?.step ?? step);
      if (place === undefined || !isContainer(value)) {
        value = undefined;
        continue;
      }
      offset = at === 'key' && index === path.length - 1 ? place.keyOffset : place.valueOffset;
      value = ownValue(value, step);
    }
    return { path: shown, offset };
  }
}

/** Whether a value is an object or array, which both kinds of steps can index. */
export function isContainer(value: unknown): value is Readonly<Record<PathStep, unknown>> {
  return typeof value === 'object' && value !== null;
}
