/**
 * Whether a text can be a domain for Go: labels of printable ASCII, none empty, no dot at the end. Nothing at all counts as one.
 * A constraint may begin with a dot, which means "below".
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

/** The letters A to Z in lower case, everything else as it is (RFC 6125, 6.4.1): bytes beyond ASCII have no case. */
export function toLowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

/** Whether `name` is `suffix` or lies below it, whatever the case; a `suffix` that begins with a dot has to have a label before it. */
export function isDomainWithin(name: string, suffix: string): boolean {
  if (suffix.length > name.length) return false;
  const from = name.length - suffix.length;
  if (toLowerAscii(name.slice(from)) !== toLowerAscii(suffix)) return false;
  return from === 0 || suffix.startsWith('.') || name[from - 1] === '.';
}
