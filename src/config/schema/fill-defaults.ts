import { ownValue, setOwnValue } from '../../values/own-value.js';
import { isContainer } from './places.js';
import type { Shape } from './shape.js';

/**
 * Copies a value and fills in the schema's defaults for absent keys, at every level. Keys that the schema does not know
 * are left out. Defaults are the same objects each time.
 */
export function fillDefaults(value: unknown, shape: Shape): unknown {
  switch (shape.kind) {
    case 'struct':
      return fillStruct(isContainer(value) ? value : {}, shape.properties);
    case 'map':
      return fillMap(isContainer(value) ? value : {}, shape.values);
    case 'list':
      return Array.isArray(value) ? value.map((item) => fillDefaults(item, shape.items)) : [];
    default:
      return value;
  }
}

function fillStruct(given: Readonly<Record<string, unknown>>, properties: ReadonlyMap<string, Shape>): unknown {
  const filled: Record<string, unknown> = {};
  for (const [key, property] of properties) {
    const value = ownValue(given, key) ?? undefined;
    if (value !== undefined) setOwnValue(filled, key, fillDefaults(value, property));
    else if (property.default !== undefined) setOwnValue(filled, key, defaultOf(property));
  }
  return filled;
}

/** Thousands of modules leave out the same blocks: what nobody changes is there once. */
const defaults = new WeakMap<Shape, unknown>();

function defaultOf(shape: Shape): unknown {
  if (!defaults.has(shape)) defaults.set(shape, fillDefaults(shape.default, shape));
  return defaults.get(shape);
}

function fillMap(given: Readonly<Record<string, unknown>>, values: Shape): unknown {
  // The object has no prototype, because users choose these keys. Object.create has the type any; this is an empty
  // object.
  const filled = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) setOwnValue(filled, key, fillDefaults(value, values));
  return filled;
}
