import { trimEndOf } from '../trim-character.js';

/** The decoded bytes, or where decoding failed, in Go's words. */
export type DecodedBase64 =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: string; readonly bytesBefore: Buffer };

/**
 * Decodes base64 for URLs (RFC 4648, section 5) as Go's RawURLEncoding does: padding at the end is optional, and line
 * ends are ignored.
 */
export function decodeUrlBase64(text: string): DecodedBase64 {
  const digits = trimEndOf(text, '=');
  const bad = /[^\w\r\n-]/.exec(digits);
  if (bad !== null) return failAt(digits, bad.index);
  const plain = digits.replace(/[\r\n]/g, '');
  // A single digit has six bits, which is less than a byte.
  if (plain.length % 4 === 1) return failAt(digits, digits.length - 1);
  return { ok: true, bytes: Buffer.from(plain, 'base64url') };
}

/** Go decodes four digits at a time. If one of them is wrong, none of the four are decoded. */
function failAt(digits: string, index: number): DecodedBase64 {
  const before = digits.slice(0, index);
  const plain = before.replace(/[\r\n]/g, '');
  const bytesBefore = Buffer.from(plain.slice(0, plain.length - (plain.length % 4)), 'base64url');
  return { ok: false, problem: `illegal base64 data at input byte ${Buffer.byteLength(before)}`, bytesBefore };
}
