/** A pattern in which no two named groups have the same name. */
export interface UniqueNames {
  readonly source: string;
  /** Key: a made-up name; value: the name in the original pattern. */
  readonly originals: ReadonlyMap<string, string>;
}

/**
 * Renames the second and every further group with the same name to an unused name. Go allows duplicate names; RE2JS
 * does not.
 */
export function uniqueGroupNames(source: string): UniqueNames {
  const openings = [...namedGroups(source)];
  const taken = new Set(openings.map(({ name }) => name));
  const seen = new Set<string>();
  const originals = new Map<string, string>();
  let made = 0;
  let end = 0;
  let renamed = '';
  for (const { name, nameStart } of openings) {
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    let fresh: string;
    do fresh = `dup${made++}`;
    while (taken.has(fresh));
    originals.set(fresh, name);
    renamed += source.slice(end, nameStart) + fresh;
    end = nameStart + name.length;
  }
  return { source: renamed + source.slice(end), originals };
}

/** The numbers of the groups of each name in a sound pattern, ascending, without compiling it. */
export function groupNumbers(source: string): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  let number = 0;
  for (const { name } of groups(source)) {
    number++;
    if (name === undefined) continue;
    const found = numbers.get(name);
    if (found === undefined) numbers.set(name, [number]);
    else found.push(number);
  }
  return numbers;
}

interface Group {
  readonly name: string | undefined;
  readonly nameStart: number;
}

interface NamedGroup extends Group {
  readonly name: string;
}

function* namedGroups(source: string): Generator<NamedGroup> {
  for (const { name, nameStart } of groups(source)) if (name !== undefined) yield { name, nameStart };
}

/** All groups that catch what they match. */
function* groups(source: string): Generator<Group> {
  // Quoted text, escapes and classes contain no groups.
  const part = /\\Q|\\[^Q]|\[\^?\]?|\(\?P?<([A-Za-z0-9_]+)>|\((?!\?)/g;
  for (let found = part.exec(source); found !== null; found = part.exec(source)) {
    const [text, name] = found;
    if (text.startsWith('(')) yield { name, nameStart: part.lastIndex - 1 - (name ?? '').length };
    else if (text === '\\Q') part.lastIndex = endOfQuote(source, part.lastIndex);
    else if (text.startsWith('[')) part.lastIndex = endOfClass(source, part.lastIndex);
  }
}

function endOfQuote(source: string, start: number): number {
  const end = source.indexOf('\\E', start);
  return end < 0 ? source.length : end + 2;
}

/** Within a class an opening bracket is literal, or begins the name of a class such as `[:alpha:]`. */
function endOfClass(source: string, start: number): number {
  let at = start;
  while (at < source.length && source[at] !== ']') {
    const nameEnd = source.startsWith('[:', at) ? endOfClassName(source, at + 2) : undefined;
    at = nameEnd ?? at + (source[at] === '\\' ? 2 : 1);
  }
  return at + 1;
}

function endOfClassName(source: string, start: number): number | undefined {
  let at = start;
  if (source[at] === '^') at++;
  while (/[a-z]/.test(source[at] ?? '')) at++;
  return source.startsWith(':]', at) ? at + 2 : undefined;
}
