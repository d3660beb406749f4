/** Whether a path has signs that a shell would expand. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The names that a shell's pattern means: `*` any characters, `?` one, `[a-z]` one of a set and `[!a-z]` one of none, `\` takes the next one as it
 * is. Names with a dot in front are meant only by patterns that begin with one. A pattern that is no such thing means itself.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  let source = pattern.startsWith('.') ? '' : '(?!\\.)';
  for (const [token, set] of pattern.matchAll(TOKEN)) source += set === undefined ? sourceOf(token) : setSource(set);
  try {
    const regExp = new RegExp(`^${source}$`, 'su');
    return (name) => regExp.test(name);
  } catch (error) {
    // A set such as [z-a].
    if (!(error instanceof SyntaxError)) throw error;
    return (name) => name === pattern;
  }
}

/** A set in brackets, whose first character may be a closing bracket; an escaped character; or a character. */
const TOKEN = /\[([!^]?\]?[^\]]*)\]|\\.|./gsu;

function sourceOf(token: string): string {
  if (token === '*') return '.*';
  if (token === '?') return '.';
  return escaped(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
}

function setSource(set: string): string {
  const isNegated = /^[!^]/.test(set);
  return `[${isNegated ? '^' : ''}${(isNegated ? set.slice(1) : set).replaceAll(/[\\[\]^]/g, '\\$&')}]`;
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
