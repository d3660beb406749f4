import { ConfigError } from '../../values/config-error.js';

/** Returns those of the keys that have a value other than the empty text. */
export function setKeys<Key extends string>(
  block: Readonly<Record<Key, string>>,
  keys: readonly Key[],
): readonly Key[] {
  return keys.filter((key) => block[key] !== '');
}

/** Reports a mistake at the second key that is set, if more than one of the keys is set. */
export function* atMostOne<Key extends string>(
  block: Readonly<Record<Key, string>>,
  keys: readonly Key[],
  message: string,
): Generator<ConfigError> {
  const [, second] = setKeys(block, keys);
  if (second !== undefined) yield new ConfigError(message, [second]);
}

/** Puts a step before the paths of the mistakes that a rule found further in. */
export function* inside(step: string | number, findings: Iterable<ConfigError>): Generator<ConfigError> {
  for (const finding of findings) yield finding.within(step);
}
