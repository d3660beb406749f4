/** A pattern in which every named group has a name of its own. */
export interface UniqueNames {
  readonly source: string;
  /** The names that were made up, each with the one that the pattern has. */
  readonly originals: ReadonlyMap<string, string>;
}

/** Gives the second and every further group of a name one that nothing else has: Go allows them, RE2JS does not. */
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

interface NamedGroup {
  readonly name: string;
  readonly nameStart: number;
}

function* namedGroups(source: string): Generator<NamedGroup> {
  // What is quoted, escaped or in a class holds no group.
  const part = /\\Q|\\[^Q]|\[\^?\]?|\(\?P?<([A-Za-z0-9_]+)>/g;
  for (let found = part.exec(source); found !== null; found = part.exec(source)) {
    const [text, name] = found;
    if (name !== undefined) yield { name, nameStart: part.lastIndex - 1 - name.length };
    else if (text === '\\Q') part.lastIndex = endOfQuote(source, part.lastIndex);
    else if (text.startsWith('[')) part.lastIndex = endOfClass(source, part.lastIndex);
  }
}

function endOfQuote(source: string, start: number): number {
  const end = source.indexOf('\\E', start);
  return end < 0 ? source.length : end + 2;
}

/** Within a class a bracket that opens means itself, or begins the name of a class such as `[:alpha:]`. */
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
