import { isContainer } from '../schema/places.js';
import { referencesIn } from './reference-text.js';

/**
 * The values of a module that must be masked. `shown` is the module with its references, `values` maps each reference
 * to its value.
 */
export function moduleSecrets(shown: unknown, values: ReadonlyMap<string, string>): readonly string[] {
  if (values.size === 0) return [];
  const keys = new Set(referencesBelow(shown));
  return [...keys].flatMap((key) => values.get(key) ?? []);
}

function* referencesBelow(value: unknown): Generator<string> {
  if (typeof value === 'string') yield* referencesIn(value);
  else if (isContainer(value)) for (const each of Object.values(value)) yield* referencesBelow(each);
}
