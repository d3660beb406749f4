import type { Shape } from './shape.js';
import { setOwnValue } from '../values/own-value.js';

/** An object without prototype, so that a key `__proto__` is a key like any other. */
export function record(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  // Object.create is typed as any; this is an empty object.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, content] of entries) setOwnValue(result, key, content);
  return result;
}

/** Upstream takes an empty text for "not given" wherever a text has a default. */
export function meansDefault(content: unknown, shape: Shape): boolean {
  return (
    content === '' &&
    shape.kind === 'text' &&
    typeof shape.default === 'string' &&
    shape.default !== '' &&
    shape.format !== 'byte-size'
  );
}

/** What a null in a map stands for. */
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
