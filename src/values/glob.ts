/** Whether a path has signs that a shell would expand. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path);
}

/** `*`, or what one character has to be. */
type Token = '*' | ((character: string) => boolean);

/**
 * The names that a shell's pattern means: `*` any characters, `?` one, `[a-z]` one of a set and `[!a-z]` one of none, `\` takes the next one as it
 * is. Names with a dot in front are meant only by patterns that begin with one. A pattern that is no such thing means itself. A match takes at most
 * as many steps as the name's length times the pattern's.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(Array.from(pattern));
  if (tokens === undefined) return (name) => name === pattern;
  const meansHidden = pattern.startsWith('.');
  return (name) => (meansHidden || !name.startsWith('.')) && matches(tokens, Array.from(name));
}

/** Undefined for what is no pattern, such as [z-a]. */
function tokensOf(pattern: readonly string[]): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const lastBracket = pattern.lastIndexOf(']');
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    const end = character === '[' && at < lastBracket ? endOfSet(pattern, at) : -1;
    if (end !== -1) {
      const set = setOf(pattern.slice(at + 1, end));
      if (set === undefined) return undefined;
      tokens.push(set);
      at = end;
    } else if (character === '\\' && at + 1 < pattern.length) {
      tokens.push(literal(pattern[++at] ?? ''));
    } else {
      tokens.push(character === '*' ? '*' : character === '?' ? () => true : literal(character));
    }
  }
  return tokens;
}

function literal(meant: string): Token {
  return (character) => character === meant;
}

/** The bracket that closes the set which `start` opens; one that comes first in it is a member. -1 if there is none. */
function endOfSet(pattern: readonly string[], start: number): number {
  const first = start + (isNegation(pattern[start + 1]) ? 2 : 1);
  return pattern.indexOf(']', pattern[first] === ']' && pattern.includes(']', first + 1) ? first + 1 : first);
}

function isNegation(character: string | undefined): boolean {
  return character === '!' || character === '^';
}

/** Undefined for a range that runs backwards. */
function setOf(set: readonly string[]): Token | undefined {
  const isNegated = isNegation(set[0]);
  const members = isNegated ? set.slice(1) : set;
  const ranges: (readonly [from: number, to: number])[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = codePoint(members[at]);
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    if (isRange) at += 2;
    const to = isRange ? codePoint(members[at]) : from;
    if (to < from) return undefined;
    ranges.push([from, to]);
  }
  return (character) => {
    const wanted = codePoint(character);
    return ranges.some(([from, to]) => from <= wanted && wanted <= to) !== isNegated;
  };
}

function codePoint(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}

/** Only the last star ever has to take more: what stands before it has matched as early as it can. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let starEnd = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === '*') {
      star = token++;
      starEnd = at;
    } else if (wanted?.(name[at] ?? '') === true) {
      token++;
      at++;
    } else if (star === -1) {
      return false;
    } else {
      token = star + 1;
      at = ++starEnd;
    }
  }
  return tokens.slice(token).every((left) => left === '*');
}
