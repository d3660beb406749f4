import { type TextMask, textMask } from '../../probe/text-mask.js';
import { isContainer } from '../schema/places.js';
import { referencesIn } from './reference-text.js';

/** Makes the mask of a module: `shown` is its values with references, `values` what these stand for. */
export function moduleMask(shown: unknown, values: ReadonlyMap<string, string>): TextMask | undefined {
  if (values.size === 0) return undefined;
  const keys = new Set(referencesBelow(shown));
  return textMask([...keys].flatMap((key) => values.get(key) ?? []));
}

function* referencesBelow(value: unknown): Generator<string> {
  if (typeof value === 'string') yield* referencesIn(value);
  else if (isContainer(value)) for (const each of Object.values(value)) yield* referencesBelow(each);
}
