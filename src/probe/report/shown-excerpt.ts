import { maskLogin, maskUrlPasswords } from '../../values/masked-text.js';
import { MASK } from '../../values/secret.js';

/** How much of an answer a report shows, in bytes. */
export const LONGEST_EXCERPT_BYTES = 1024;

/**
 * The control characters of ASCII and Latin-1 but line feed and tab, and the marks that turn the direction of writing.
 */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Headers whose values nobody else should read. */
const SECRET_HEADERS =
  /^(?:set-cookie2?|cookie|(?:proxy-)?authorization|authentication-info|www-authenticate|.*(?:token|secret|password|api-?key).*)$/i;

/**
 * A name that says secret, and its value in JSON, a query, a form or a header; all parts are bounded, so that the
 * search is linear.
 */
const SECRET_PAIR =
  /((?:authorization|cookie|passw(?:or)?d|secret|token|api[_-]?key)["']?[ \t]{0,8}[:=][ \t]{0,8}["']?(?:(?:bearer|basic)[ \t]+)?)[^\s"'&,;<>]{1,1024}/gi;

/**
 * A text from outside, fit for a terminal and a page: control characters are shown, and a line that ends with CR LF
 * just ends.
 */
export function shownControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same as one line: names of files may have line breaks, and a line of their own would say what nobody says. */
export function shownLine(text: string): string {
  return shownControls(text.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
}

/**
 * Text from a target with control characters shown, and with login commands, passwords in URLs and likely secrets
 * masked.
 */
export function shownForeign(text: string): string {
  return shownControls(maskLogin(maskUrlPasswords(text)).replace(SECRET_PAIR, `$1${MASK}`));
}

/** The beginning of what a target sent, and whether there was more. */
export function shownExcerpt(content: Uint8Array | string): { readonly text: string; readonly isCut: boolean } {
  const isCut = content.length > LONGEST_EXCERPT_BYTES;
  const text =
    typeof content === 'string'
      ? content.slice(0, LONGEST_EXCERPT_BYTES)
      : Buffer.from(content.subarray(0, LONGEST_EXCERPT_BYTES)).toString('utf8');
  return { text: shownForeign(text), isCut };
}

/** The value of a header, masked where its name says that it is a secret. */
export function shownHeader(name: string, value: string): string {
  return SECRET_HEADERS.test(name) ? MASK : shownForeign(value);
}
