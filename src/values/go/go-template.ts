/** The groups of a match; the first is the whole match. A group that took no part is undefined. */
export type MatchGroups = readonly (string | undefined)[];

/** A compiled template of Go's regexp.Expand. */
export interface GoTemplate {
  /** Returns the text with the groups of a match inserted. A group that does not exist or took no part counts as "". */
  readonly expand: (groups: MatchGroups) => string;
  /** Whether the text refers to any group. */
  readonly usesGroups: boolean;
}

/**
 * A part of a template: a text, or the numbers of groups, of which the first that took part in the match is inserted.
 */
type Part = string | readonly number[];

/** The numbers of the groups of each name, ascending. */
type GroupNames = ReadonlyMap<string, readonly number[]>;

/** Makes a template in which nothing is replaced. */
export function literalTemplate(text: string): GoTemplate {
  return { expand: () => text, usesGroups: false };
}

/**
 * Compiles `$1`, `${1}`, `$name`, `${name}` and `$$` by the rules of Go's regexp.Expand: the longest possible name
 * counts, an unknown name gives nothing, a name of several groups gives the first that took part in the match, and
 * anything that is not a reference stays.
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

/** Reads the name after a dollar sign, with or without braces. */
function readReference(text: string): { readonly name: string; readonly length: number } | undefined {
  const [whole = '', inBraces, bare] = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u.exec(text) ?? [];
  const name = inBraces ?? bare;
  return name === undefined ? undefined : { name, length: whole.length };
}

/** Go takes up to nine digits without a leading zero as a number, and everything else as a name. */
function numberOf(name: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : undefined;
}
