import { goQuote } from '../../values/go-quote.js';

/** The first `%` of `text` that is not followed by two hexadecimal digits, with what follows, as Go names it. */
export function hasInvalidEscape(text: string): string | undefined {
  if (!text.includes('%')) return undefined;
  const found = /%(?![0-9A-Fa-f]{2}).{0,2}/su.exec(text);
  return found?.[0];
}

/** Decodes `%XX`; bytes that are no UTF-8 become U+FFFD. The escapes must be valid. */
export function unescapeText(text: string): string {
  if (!text.includes('%')) return text;
  return Buffer.from(unescapeToBytes(text)).toString('utf8');
}

/** Whether Go sends a path as it was written: only characters that may stand in an encoded path (net/url validEncoded). */
export function isEncodedPath(path: string): boolean {
  return /^[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/.test(path);
}

/** Encodes a path afresh, as Go does with one that was not validly encoded (net/url escape, encodePath). */
export function escapePath(path: string): string {
  let text = '';
  for (const byte of unescapeToBytes(path)) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9\-._~$&+,/:;=@]/.test(character) ? character : percent(byte);
  }
  return text;
}

/**
 * The host as Go's net/url keeps it: escapes are only allowed for bytes outside ASCII, and in a zone (`[fe80::1%25eth0]`).
 * Gives the decoded host or the problem, in Go's words.
 */
export function unescapeHost(host: string, bracketed: boolean): string | { readonly problem: string } {
  const zone = bracketed ? host.indexOf('%25') : -1;
  const named = zone === -1 ? host : host.slice(0, zone);
  const invalid = hasInvalidEscape(host) ?? /%[0-7][0-9A-Fa-f]/.exec(named)?.[0];
  if (invalid !== undefined) return { problem: `invalid URL escape ${goQuote(invalid)}` };
  const character = /[ #/?@\\^`{|}%]/.exec(named.replace(/%[0-9A-Fa-f]{2}/g, ''))?.[0];
  if (character !== undefined) return { problem: `invalid character ${goQuote(character)} in host name` };
  return unescapeText(named) + (zone === -1 ? '' : unescapeText(host.slice(zone)));
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
