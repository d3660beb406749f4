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
  if (!text.includes('%')) return text;
  return Buffer.from(unescapeToBytes(text)).toString('utf8');
}

/** Writes a path as Go sends it: unchanged if it is validly encoded, otherwise encoded again. */
export function encodePath(path: string): string {
  return isEncodedPath(path) ? path : escapePath(path);
}

/** Whether Go sends a path unchanged: it has only characters that an encoded path may have (net/url validEncoded). */
function isEncodedPath(path: string): boolean {
  return /^[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/.test(path);
}

/** Encodes a path as Go does if it was not validly encoded (net/url escape, encodePath). */
function escapePath(path: string): string {
  let text = '';
  for (const byte of unescapeToBytes(path)) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9\-._~$&+,/:;=@]/.test(character) ? character : percent(byte);
  }
  return text;
}

/** A decoded host, or what is wrong with it: `problem` does not quote the text, `message` is Go's. */
export type UnescapedHost = { readonly text: string } | { readonly problem: string; readonly message: string };

/**
 * Decodes a host as Go's net/url does: escapes are only allowed for bytes outside ASCII and in a zone
 * (`[fe80::1%25eth0]`).
 */
export function unescapeHost(host: string, bracketed: boolean): UnescapedHost {
  const zone = bracketed ? host.indexOf('%25') : -1;
  const named = zone === -1 ? host : host.slice(0, zone);
  const invalid = invalidEscapeIn(host) ?? /%[0-7][0-9A-Fa-f]/.exec(named)?.[0];
  if (invalid !== undefined) return refused('invalid URL escape', goQuote(invalid));
  const character = /[ #/?@\\^`{|}%]/.exec(named.replace(/%[0-9A-Fa-f]{2}/g, ''))?.[0];
  if (character !== undefined)
    return refused('invalid character', `${goQuote(character)} in host name`, ' in host name');
  return { text: unescapeText(named) + (zone === -1 ? '' : unescapeText(host.slice(zone))) };
}

function refused(problem: string, shown: string, suffix = ''): UnescapedHost {
  return { problem: problem + suffix, message: `${problem} ${shown}` };
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function unescapeToBytes(text: string): number[] {
  const source = Buffer.from(text, 'utf8');
  const bytes: number[] = [];
  for (let index = 0; index < source.length; index++) {
    const byte = source[index] ?? 0;
    if (byte === 0x25) {
      bytes.push(Number.parseInt(source.toString('latin1', index + 1, index + 3), 16));
      index += 2;
    } else {
      bytes.push(byte);
    }
  }
  return bytes;
}
