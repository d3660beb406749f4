import type { PathStep } from '../../values/config-error.js';
import { ownValue, setOwnValue } from '../../values/own-value.js';
import { record } from '../schema/coerced-values.js';
import { isContainer } from '../schema/places.js';

/** The value at the end of a path, or undefined. */
export function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce((value: unknown, step) => (isContainer(value) ? ownValue(value, step) : undefined), root);
}

/** A value, and the path of the place where it is to stand. */
export type Change = readonly [path: readonly PathStep[], value: unknown];

/**
 * Returns a copy with other values at the ends of paths, the later ones last. Values beside the paths are shared, and
 * each container is copied once: a hundred changes in a mapping of thousands of keys cost one copy.
 */
export function withValues(root: unknown, changes: Iterable<Change>): unknown {
  const own = new WeakSet();
  let changed = root;
  for (const [path, value] of changes) changed = put(changed, path, { value, own });
  return changed;
}

/** Puts a value into a tree whose containers are copied first, but for those that are copies already. */
function put(
  root: unknown,
  [step, ...rest]: readonly PathStep[],
  to: { readonly value: unknown; readonly own: WeakSet<object> },
): unknown {
  if (step === undefined) return to.value;
  const container = ownContainer(root, step, to.own);
  const inner = put(ownValue(container, step), rest, to);
  setOwnValue(container, String(step), inner);
  return container;
}

function ownContainer(root: unknown, step: PathStep, own: WeakSet<object>): Record<PathStep, unknown> {
  if (isContainer(root) && own.has(root)) return root;
  const isList = Array.isArray(root) && typeof step === 'number';
  const copy = isList ? [...(root as readonly unknown[])] : record(isContainer(root) ? Object.entries(root) : []);
  own.add(copy);
  return copy as Record<PathStep, unknown>;
}
