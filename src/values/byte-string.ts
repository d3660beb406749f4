import { isUtf8 as isUtf8Bytes } from 'node:buffer';

/**
 * Byte strings inside JS strings, like Python's surrogateescape: bytes that are not valid UTF-8 are stored as lone low
 * surrogates, U+DC80 to U+DCFF, and everything else as text.
 */
const ESCAPE_BASE = 0xdc00;

/** Returns the bytes that `text` represents: its UTF-8, and one byte for each escaped one. */
export function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  // An escaped unit gives one byte, any other unit at most three.
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  let plainFrom = 0;
  // Unit by unit: a text may be all escapes, and a match for each costs ten times as much.
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (!isEscaped(unit, text.charCodeAt(index - 1))) continue;
    if (index > plainFrom) length += bytes.write(text.slice(plainFrom, index), length, 'utf8');
    bytes[length++] = unit - ESCAPE_BASE;
    plainFrom = index + 1;
  }
  length += bytes.write(text.slice(plainFrom), length, 'utf8');
  return Buffer.from(bytes.subarray(0, length));
}

/** Whether a unit is an escaped byte, and not the second half of a pair. NaN stands before the first unit. */
function isEscaped(unit: number, before: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff && !(before >= 0xd800 && before <= 0xdbff);
}

/** Returns the text that represents `bytes`; `bytesOf` gives the same bytes back. */
export function textOfBytes(bytes: Uint8Array): string {
  if (isUtf8Bytes(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const length = utf8LengthAt(bytes, at);
    const point = length === 0 ? ESCAPE_BASE + (bytes[at] ?? 0) : codePointAt(bytes, at, length);
    if (point > 0xffff) {
      units[count++] = 0xd800 + ((point - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else units[count++] = point;
    at += Math.max(length, 1);
  }
  // Buffer keeps lone surrogates; TextDecoder does not.
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/**
 * The text with U+FFFD in the place of each byte that is no UTF-8, as Go's `regexp` and `encoding/json` read it: three
 * for the first three bytes of a character of four, for which decoders of the platform write one.
 */
export function replacedText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (isUtf8Bytes(text) ? text : withoutCutCharacters(text)).toString('utf8');
}

/** Occurs nowhere in UTF-8. */
const NO_UTF8 = 0xff;

/** The same number of bytes, of which each that is no UTF-8 is an error for itself. */
function withoutCutCharacters(bytes: Buffer): Buffer {
  const apart = Buffer.from(bytes);
  for (let at = 0; at < bytes.length;) {
    const length = (bytes[at] ?? 0) < 0x80 ? 1 : utf8LengthAt(bytes, at);
    if (length === 0) apart[at] = NO_UTF8;
    at += Math.max(length, 1);
  }
  return apart;
}

/** Decodes a valid sequence of `length` bytes into its code point. */
function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] ?? 0) & (length === 1 ? 0x7f : 0x7f >> length);
  for (let index = 1; index < length; index++) point = (point << 6) | ((bytes[at + index] ?? 0) & 0x3f);
  return point;
}

/**
 * Returns the length of the valid UTF-8 sequence at `at`, or 0 if there is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF).
 */
function utf8LengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  const [lowest, highest] = SECOND_BYTE_BOUNDS.get(first) ?? [0x80, 0xbf];
  const second = bytes[at + 1] ?? 0;
  if (second < lowest || second > highest) return 0;
  for (let index = at + 2; index < at + length; index++) if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

const SECOND_BYTE_BOUNDS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);

/** Whether `text` represents bytes that are valid UTF-8. */
export function isUtf8(text: string): boolean {
  return text.isWellFormed();
}

/** The text with U+FFFD in the place of each byte that is no UTF-8, as Go shows such bytes. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** What is to be written for a text: itself, or the bytes that it represents where these are no UTF-8. */
export function writable(text: string): string | Uint8Array {
  return text.isWellFormed() ? text : bytesOf(text);
}

/** The text with `%XX` for each byte that is no UTF-8. */
export function escapeBytes(text: string): string {
  if (text.isWellFormed()) return text;
  let escaped = '';
  let plainFrom = 0;
  // Unit by unit, as in bytesOf.
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (!isEscaped(unit, text.charCodeAt(index - 1))) continue;
    escaped += `${text.slice(plainFrom, index)}%${(unit - ESCAPE_BASE).toString(16).toUpperCase()}`;
    plainFrom = index + 1;
  }
  return escaped + text.slice(plainFrom);
}
