import { ownValue } from '../values/own-value.js';
import { type FlagDefinition, type ParsedFlags, UsageError } from './flag-definition.js';

/** Go's words for a truth (`strconv.ParseBool`). */
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Whether a text is one of Go's words for a truth or its opposite. */
export function isGoBool(text: string): boolean {
  return TRUE.has(text) || FALSE.has(text);
}

/**
 * Adds what environment variables say to flags that the command line does not have, as kingpin does: an empty variable
 * is none unless its flag wants it, and one of a repeatable flag has a value a line. Throws UsageError for a switch
 * that is neither on nor off.
 */
export function withEnvironment(
  { values, operands }: ParsedFlags,
  definitions: readonly FlagDefinition[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedFlags {
  const all = new Map(values);
  for (const definition of definitions) {
    const { envar, name } = definition;
    const text = envar === undefined ? undefined : ownValue(env, envar);
    if (text === undefined || all.has(name) || (text === '' && definition.isEmptyMeant !== true)) continue;
    if (definition.saysAnything?.(text) === false) continue;
    all.set(name, valuesOf(definition, text));
  }
  return { values: all, operands };
}

function valuesOf({ kind, envar = '' }: FlagDefinition, text: string): readonly string[] {
  if (kind === 'repeatable') return text.split(/\r?\n/).filter((line) => line !== '');
  if (kind === 'value') return [text];
  if (TRUE.has(text)) return ['true'];
  if (FALSE.has(text)) return ['false'];
  throw new UsageError(`invalid value of ${envar}: ${JSON.stringify(text.slice(0, 40))} is neither true nor false`);
}
