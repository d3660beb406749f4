/** The groups of a match, the whole match being the first; undefined for a group that took no part. */
export type MatchGroups = readonly (string | undefined)[];

/** A template of Go's regexp.Expand, taken apart. */
export interface GoTemplate {
  /** The text with the groups of a match in it; a group that is not there or took no part counts as "". */
  readonly expand: (groups: MatchGroups) => string;
  /** Whether the text depends on the groups at all. */
  readonly usesGroups: boolean;
}

/** A part of a template: text, or the numbers of groups, of which the first that took part in the match counts. */
type Part = string | readonly number[];

/** The numbers of the groups of each name, in rising order. */
type GroupNames = ReadonlyMap<string, readonly number[]>;

/** A template in which nothing is replaced. */
export function literalTemplate(text: string): GoTemplate {
  return { expand: () => text, usesGroups: false };
}

/**
 * Compiles `$1`, `${1}`, `$name`, `${name}` and `$$` by the rules of Go's regexp.Expand: the longest name wins, an unknown one stands for
 * nothing, one of several groups for the first that took part in the match, and what is no reference stays as it is.
 */
export function compileGoTemplate(template: string, groupNames: GroupNames): GoTemplate {
  const parts = [...partsOf(template, groupNames)];
  if (parts.every((part) => typeof part === 'string')) return literalTemplate(parts.join(''));
  return {
    expand: (groups) => parts.map((part) => (typeof part === 'string' ? part : firstOf(part, groups))).join(''),
    usesGroups: true,
  };
}

function firstOf(numbers: readonly number[], groups: MatchGroups): string {
  for (const number of numbers) {
    const group = groups[number];
    if (group !== undefined) return group;
  }
  return '';
}

function* partsOf(template: string, groupNames: GroupNames): Generator<Part> {
  let rest = template;
  for (;;) {
    const dollar = rest.indexOf('$');
    if (dollar < 0) break;
    yield rest.slice(0, dollar);
    rest = rest.slice(dollar + 1);
    const reference = readReference(rest);
    if (rest.startsWith('$')) {
      yield '$';
      rest = rest.slice(1);
    } else if (reference === undefined) {
      yield '$';
    } else {
      const number = numberOf(reference.name);
      const numbers = number === undefined ? groupNames.get(reference.name) : [number];
      if (numbers !== undefined) yield numbers;
      rest = rest.slice(reference.length);
    }
  }
  yield rest;
}

/** The name after a dollar sign, with or without braces. */
function readReference(text: string): { readonly name: string; readonly length: number } | undefined {
  const [whole = '', inBraces, bare] = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u.exec(text) ?? [];
  const name = inBraces ?? bare;
  return name === undefined ? undefined : { name, length: whole.length };
}

/** Go takes at most nine digits, and none with a leading zero, for a number; the rest are names. */
function numberOf(name: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : undefined;
}
