import { closest } from '../values/suggest.js';
import type { FlagDefinition } from './flag-definition.js';

/**
 * The flag that was probably meant by a name that is none, without its dashes; undefined if none is close, and never
 * one that says the opposite.
 */
export function suggestFlag(name: string, definitions: readonly FlagDefinition[]): string | undefined {
  const shown = definitions.filter(({ isHidden }) => isHidden !== true);
  const names = shown.flatMap((flag) => (flag.kind === 'switch' ? [flag.name, `no-${flag.name}`] : [flag.name]));
  return (
    names.find((known) => withoutMarks(known) === withoutMarks(name)) ??
    onlyOne(names.filter((known) => known.endsWith(`.${name}`))) ??
    closest(
      name,
      names.filter((known) => isCloseInParts(name, known)),
    )
  );
}

/** Appends the flag that was probably meant, if there is one, to the message about an unknown flag. */
export function withSuggestion(message: string, suggestion: string | undefined): string {
  return suggestion === undefined ? message : `${message} (did you mean '--${suggestion}'?)`;
}

function withoutMarks(name: string): string {
  return name.toLowerCase().replace(/[._-]/g, '');
}

function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** `collector.foo` and `collector.os` have most letters in common, and nothing to do with each other. */
function isCloseInParts(name: string, known: string): boolean {
  const parts = known.split('.');
  const given = name.split('.');
  return (
    given.length === parts.length &&
    given.every((part, index) => part === parts[index] || closest(part, [parts[index] ?? '']) !== undefined)
  );
}
