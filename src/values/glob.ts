/** Whether a path has characters that a shell would expand. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path);
}

/** A star, or a test of one character. */
type Token = '*' | ((character: string) => boolean);

/**
 * Compiles a shell pattern for names: `*` matches any characters, `?` one character, `[a-z]` one of a set, `[!a-z]` one
 * outside a set, and `\` makes the next character literal. Only a pattern that begins with a dot matches names that
 * begin with one. An invalid pattern matches only itself. A match takes at most as many steps as the length of the name
 * times that of the pattern.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(Array.from(pattern));
  if (tokens === undefined) return (name) => name === pattern;
  const meansHidden = pattern.startsWith('.');
  return (name) => (meansHidden || !name.startsWith('.')) && matches(tokens, Array.from(name));
}

/** Returns undefined for an invalid pattern, such as [z-a]. */
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

/**
 * Returns the index of the bracket that closes the set which opens at `start`, or -1. A closing bracket in the first
 * place is a member.
 */
function endOfSet(pattern: readonly string[], start: number): number {
  const first = start + (isNegation(pattern[start + 1]) ? 2 : 1);
  return pattern.indexOf(']', pattern[first] === ']' && pattern.includes(']', first + 1) ? first + 1 : first);
}

function isNegation(character: string | undefined): boolean {
  return character === '!' || character === '^';
}

/** Returns undefined for a range that runs backwards. */
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

/** Only the last star ever has to take more characters: the part before it has already matched as early as possible. */
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
