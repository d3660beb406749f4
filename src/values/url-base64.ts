import { trimEndOf } from './trim-character.js';

/** What was decoded, or where it went wrong, in Go's words. */
export type DecodedBase64 =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: string; readonly bytesBefore: Buffer };

/** Base64 in its form for URLs (RFC 4648, section 5), as Go's RawURLEncoding reads it: padding at the end is optional, line ends count for nothing. */
export function decodeUrlBase64(text: string): DecodedBase64 {
  const digits = trimEndOf(text, '=');
  const bad = /[^\w\r\n-]/.exec(digits);
  if (bad !== null) return failAt(digits, bad.index);
  const plain = digits.replace(/[\r\n]/g, '');
  // One digit has six bits, which make no byte.
  if (plain.length % 4 === 1) return failAt(digits, digits.length - 1);
  return { ok: true, bytes: Buffer.from(plain, 'base64url') };
}

/** Go decodes four digits at a time, and has nothing of the four that one is bad of. */
function failAt(digits: string, index: number): DecodedBase64 {
  const before = digits.slice(0, index);
  const plain = before.replace(/[\r\n]/g, '');
  const bytesBefore = Buffer.from(plain.slice(0, plain.length - (plain.length % 4)), 'base64url');
  return { ok: false, problem: `illegal base64 data at input byte ${Buffer.byteLength(before)}`, bytesBefore };
}
