import { wellFormed, writable } from '../byte-string.js';
import { decodeEscapes } from '../codec/percent-escapes.js';
import { goQuote } from './go-quote.js';

/**
 * Finds the first `%` in `text` that is not followed by two hexadecimal digits. Returns it with the next two
 * characters, as Go's error shows it.
 */
export function invalidEscapeIn(text: string): string | undefined {
  if (!text.includes('%')) return undefined;
  const found = /%(?![0-9A-Fa-f]{2}).{0,2}/su.exec(text);
  return found?.[0];
}

/** Decodes `%XX`; bytes that are not UTF-8 become U+FFFD. The escapes must be valid. */
export function unescapeText(text: string): string {
  if (!text.includes('%')) return wellFormed(text);
  return unescapeToBytes(text).toString('utf8');
}

/**
 * Writes a path, which may have bytes that are no UTF-8 (byte-string.ts), as Go sends it: unchanged if it is validly
 * encoded, otherwise encoded again.
 */
export function encodePath(path: string): string {
  return isEncodedPath(path) ? path : escapePath(path);
}

/** Whether Go sends a path unchanged: it has only characters that an encoded path may have (net/url validEncoded). */
function isEncodedPath(path: string): boolean {
  return /^[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/.test(path);
}

/** Whether Go writes a byte of a path as it is (net/url escape, encodePath). */
const STAYS_IN_PATH: readonly boolean[] = Array.from({ length: 256 }, (_none, byte) =>
  /[A-Za-z0-9\-._~$&+,/:;=@]/.test(String.fromCharCode(byte)),
);
const HEXADECIMAL = Buffer.from('0123456789ABCDEF', 'latin1');
const PERCENT = 0x25;

/** Encodes a path as Go does if it was not validly encoded; byte by byte, since all of it may have to be escaped. */
function escapePath(path: string): string {
  const bytes = unescapeToBytes(path);
  const escaped = Buffer.allocUnsafe(3 * bytes.length);
  let length = 0;
  for (const byte of bytes) {
    if (STAYS_IN_PATH[byte] === true) escaped[length++] = byte;
    else {
      escaped[length++] = PERCENT;
      escaped[length++] = HEXADECIMAL[byte >> 4] ?? 0;
      escaped[length++] = HEXADECIMAL[byte & 0xf] ?? 0;
    }
  }
  return escaped.toString('latin1', 0, length);
}

/** A decoded host, or what is wrong with it: `problem` does not quote the text, `message` is Go's. */
export type UnescapedHost = { readonly text: string } | { readonly problem: string; readonly message: string };

/**
 * Decodes a host as Go's net/url does: escapes are only allowed for bytes outside ASCII, for `%`
 * itself and in a zone (`[fe80::1%25eth0]`).
 */
export function unescapeHost(host: string, bracketed: boolean): UnescapedHost {
  const zone = bracketed ? host.indexOf('%25') : -1;
  const named = zone === -1 ? host : host.slice(0, zone);
  const invalid = invalidEscapeIn(host) ?? /%(?!25)[0-7][0-9A-Fa-f]/.exec(named)?.[0];
  if (invalid !== undefined) return refused('invalid URL escape', goQuote(invalid));
  const character = /[ #/?@\\^`{|}%]/.exec(named.replace(/%[0-9A-Fa-f]{2}/g, ''))?.[0];
  if (character !== undefined)
    return refused('invalid character', `${goQuote(character)} in host name`, ' in host name');
  return { text: unescapeText(named) + (zone === -1 ? '' : unescapeText(host.slice(zone))) };
}

function refused(problem: string, shown: string, suffix = ''): UnescapedHost {
  return { problem: problem + suffix, message: `${problem} ${shown}` };
}

function unescapeToBytes(text: string): Buffer {
  return decodeEscapes(Buffer.from(writable(text)));
}
