import { setOwnValue } from '../../values/own-value.js';
import type { Shape } from './shape.js';

/** Makes an object without prototype, so that the key `__proto__` is a key like any other. */
export function record(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  // Object.create has the type any; this is an empty object.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, content] of entries) setOwnValue(result, key, content);
  return result;
}

/** Whether the text counts as "not given". Upstream does so for an empty text wherever a text has a default. */
export function meansDefault(content: unknown, shape: Shape): boolean {
  return (
    content === '' &&
    shape.kind === 'text' &&
    typeof shape.default === 'string' &&
    shape.default !== '' &&
    shape.format !== 'byte-size'
  );
}

/** Returns the value that a null in a map means. */
export function zeroOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'text':
      return '';
    case 'list':
      return [];
    case 'map':
      return record([]);
    case 'boolean':
      return false;
    case 'integer':
      return 0;
    case 'struct':
    case 'any':
      return null;
  }
}
