import { shownText } from './shown-text.js';

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

/** Whether every character is printable in Go's sense (`unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space). */
export function isPrintable(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text);
}

/** What is written otherwise than as it is: quotes, backslashes and whatever is not printable. */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/**
 * A text as Go's `%q` (`strconv.Quote`) writes it: in double quotes, everything unprintable as an escape, bytes that are no UTF-8 (byte-string.ts)
 * as `\\xff`. Unlike Go's it cuts a text that is too long to be shown (shown-text.ts): what is quoted comes from outside, and is for readers.
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

/** A byte as Go's `%q` writes it: the character of that number in single quotes. */
export function goQuoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return `'"'`;
  return `'${goQuote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
