import type { PathStep } from '../../values/config-error.js';
import { ownValue, setOwnValue } from '../../values/own-value.js';
import { record } from '../schema/coerced-values.js';
import { isContainer } from '../schema/places.js';

/** The value at the end of a path, or undefined. */
export function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce((value: unknown, step) => (isContainer(value) ? ownValue(value, step) : undefined), root);
}

/** Returns a copy with another value at the end of a path. Values beside the path are shared. */
export function withValue(root: unknown, path: readonly PathStep[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root) && typeof step === 'number') return root.with(step, withValue(root[step], rest, value));
  const given = isContainer(root) ? root : {};
  const copy = record(Object.entries(given));
  setOwnValue(copy, String(step), withValue(ownValue(given, step), rest, value));
  return copy;
}
