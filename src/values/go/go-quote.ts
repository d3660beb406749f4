import { shownText } from '../shown-text.js';

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    '"': '\\"',
    '\\': '\\\\',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  }),
);

/**
 * Whether every character is printable in Go's sense (`unicode.IsPrint`): letters, marks, numbers, punctuation, symbols
 * and the ASCII space.
 */
export function isPrintable(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text);
}

/** The characters that are escaped: quotes, backslashes and everything that is not printable. */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/**
 * Quotes a text as Go's `%q` (`strconv.Quote`) does: in double quotes, with escapes for unprintable characters, and
 * `\\xff` for bytes that are not UTF-8 (byte-string.ts).
 * Unlike Go's, it shortens a text that is too long to be shown (shown-text.ts), because quoted texts come from outside
 * and are for readers.
 */
export function goQuote(text: string): string {
  return `"${shownText(text).replace(ESCAPED, (character) => ESCAPES.get(character) ?? escapeCharacter(character))}"`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x1_0000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Quotes a byte as Go's `%q` does: the character with this number in single quotes. */
export function goQuoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return `'"'`;
  return `'${goQuote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
