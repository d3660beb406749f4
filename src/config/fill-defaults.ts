import { isContainer } from './places.js';
import type { Shape } from './shape.js';
import { ownValue, setOwnValue } from '../values/own-value.js';

/** A copy of a value with the schema's defaults in place of absent keys, at every level; keys that the schema does not know are left out. */
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
    const value = ownValue(given, key) ?? property.default;
    if (value !== undefined) setOwnValue(filled, key, fillDefaults(value, property));
  }
  return filled;
}

function fillMap(given: Readonly<Record<string, unknown>>, values: Shape): unknown {
  // Without a prototype, because these keys are the user's. Object.create is typed as any; this is an empty object.
  const filled = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) setOwnValue(filled, key, fillDefaults(value, values));
  return filled;
}
