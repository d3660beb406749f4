/**
 * Byte strings inside JS strings, the way of Python's surrogateescape: bytes that are no valid UTF-8 (they can only come from `!!binary` in YAML)
 * are carried as lone low surrogates U+DC80 to U+DCFF, everything else as text.
 */
const ESCAPE_BASE = 0xdc00;

/** The bytes that `text` stands for: UTF-8, and one byte for each escaped one. */
export function bytesOf(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return Buffer.from(text, 'utf8');
  // One byte at most for each unit that is escaped, three for any other.
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  let plainFrom = 0;
  for (const { index } of text.matchAll(EVERY_ESCAPED)) {
    if (index > plainFrom) length += bytes.write(text.slice(plainFrom, index), length, 'utf8');
    bytes[length++] = text.charCodeAt(index) - ESCAPE_BASE;
    plainFrom = index + 1;
  }
  length += bytes.write(text.slice(plainFrom), length, 'utf8');
  return Buffer.from(bytes.subarray(0, length));
}

/** A low surrogate after no high one, in the range that stands for a byte. */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/;
const EVERY_ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that stands for `bytes`; `bytesOf` gives the same bytes back. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    // TypeError is how TextDecoder says "no UTF-8"; then the bytes are gone through one by one.
    if (!(error instanceof TypeError)) throw error;
  }
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
  // Buffer keeps surrogates that stand alone, as TextDecoder does not.
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/** The code point of a valid sequence of `length` bytes. */
function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] ?? 0) & (length === 1 ? 0x7f : 0x7f >> length);
  for (let index = 1; index < length; index++) point = (point << 6) | ((bytes[at + index] ?? 0) & 0x3f);
  return point;
}

/** The length of the valid UTF-8 sequence at `at`, 0 if there is none (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
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

/** Half a surrogate pair, which no UTF-8 can hold. */
const HALF_PAIR = /\p{Surrogate}/u;

/** Whether `text` stands for bytes that are UTF-8. */
export function isUtf8(text: string): boolean {
  return !HALF_PAIR.test(text);
}
