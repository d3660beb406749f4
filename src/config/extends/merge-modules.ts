import { ownValue, setOwnValue } from '../../values/own-value.js';
import { record } from '../schema/coerced-values.js';
import { isContainer } from '../schema/places.js';
import type { Shape } from '../schema/shape.js';

/** Merges the values of a module into those of its base: mappings key by key; lists and single values are replaced. */
export function mergeModules(base: unknown, own: unknown, shape: Shape): unknown {
  if (own === undefined) return base;
  const isMerged = isMapping(base) && isMapping(own) && (shape.kind !== 'struct' || shape.textIs === undefined);
  if (!isMerged) return own;
  const merged = record(Object.entries(base));
  for (const [key, value] of Object.entries(own)) {
    const inner = shapeOf(key, shape);
    setOwnValue(merged, key, inner === undefined ? value : mergeModules(ownValue(base, key), value, inner));
  }
  return merged;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return isContainer(value) && !Array.isArray(value);
}

function shapeOf(key: string, shape: Shape): Shape | undefined {
  if (shape.kind === 'struct') return shape.properties.get(key);
  return shape.kind === 'map' ? shape.values : shape.kind === 'any' ? shape : undefined;
}
