/** A template of Go's regexp.Expand, taken apart. */
export interface GoTemplate {
  /** The text with the groups of a match in it, the whole match being group 0; a group that is not there counts as "". */
  readonly expand: (groups: readonly string[]) => string;
  /** Whether the text depends on the groups at all. */
  readonly usesGroups: boolean;
}

/** A part of a template: text, or the number of a group. */
type Part = string | number;

/** A template in which nothing is replaced. */
export function literalTemplate(text: string): GoTemplate {
  return { expand: () => text, usesGroups: false };
}

/**
 * Compiles `$1`, `${1}`, `$name`, `${name}` and `$$` by the rules of Go's regexp.Expand: the longest name wins, an unknown one stands for
 * nothing, and what is no reference stays as it is.
 */
export function compileGoTemplate(template: string, groupNames: ReadonlyMap<string, number>): GoTemplate {
  const parts = [...partsOf(template, groupNames)];
  if (parts.every((part) => typeof part === 'string')) return literalTemplate(parts.join(''));
  return {
    expand: (groups) => parts.map((part) => (typeof part === 'string' ? part : (groups[part] ?? ''))).join(''),
    usesGroups: true,
  };
}

function* partsOf(template: string, groupNames: ReadonlyMap<string, number>): Generator<Part> {
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
      const group = numberOf(reference.name) ?? groupNames.get(reference.name);
      if (group !== undefined) yield group;
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
