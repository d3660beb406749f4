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
  try {
    const tokens = Array.from(pattern.matchAll(TOKEN), ([token, set]) =>
      set === undefined ? tokenOf(token) : setOf(set),
    );
    const meansHidden = pattern.startsWith('.');
    return (name) => (meansHidden || !name.startsWith('.')) && matches(tokens, Array.from(name));
  } catch (error) {
    // A set such as [z-a].
    if (!(error instanceof SyntaxError)) throw error;
    return (name) => name === pattern;
  }
}

/** A set in brackets, whose first character may be a closing bracket; an escaped character; or a character. */
const TOKEN = /\[([!^]?\]?[^\]]*)\]|\\.|./gsu;

function tokenOf(token: string): Token {
  if (token === '*') return '*';
  if (token === '?') return () => true;
  const meant = token.length > 1 && token.startsWith('\\') ? token.slice(1) : token;
  return (character) => character === meant;
}

function setOf(set: string): Token {
  const isNegated = /^[!^]/.test(set);
  const members = (isNegated ? set.slice(1) : set).replaceAll(/[\\[\]^]/g, '\\$&');
  const regExp = new RegExp(`^[${isNegated ? '^' : ''}${members}]$`, 'su');
  return (character) => regExp.test(character);
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
