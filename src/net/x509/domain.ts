/**
 * Whether Go accepts a text as a domain: labels of printable ASCII, none of them empty, and no dot at the end. The
 * empty text is accepted. A constraint may begin with a dot, which means "below".
 */
export function isValidDomain(text: string, kind: 'name' | 'constraint' = 'name'): boolean {
  let isEmptyLabel = true;
  for (let at = kind === 'constraint' && text.startsWith('.') ? 1 : 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 33 || code > 126 || (code === DOT && isEmptyLabel)) return false;
    isEmptyLabel = code === DOT;
  }
  return text === '' || !isEmptyLabel;
}

const DOT = 0x2e;

/** Converts A to Z to lower case (RFC 6125, section 6.4.1). Bytes beyond ASCII have no case. */
export function toLowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

/**
 * Whether `name` is `suffix` or below it, without regard to case. If `suffix` begins with a dot, there must be a label
 * before it.
 */
export function isDomainWithin(name: string, suffix: string): boolean {
  if (suffix.length > name.length) return false;
  const from = name.length - suffix.length;
  if (toLowerAscii(name.slice(from)) !== toLowerAscii(suffix)) return false;
  return from === 0 || suffix.startsWith('.') || name[from - 1] === '.';
}
