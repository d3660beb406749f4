/** The bytes are not valid snappy. The text is that of Go's snappy package, which upstream answers with. */
export class SnappyError extends Error {
  override readonly name = 'SnappyError';
}

/** Makes the error of Go's snappy package for any violation of the format. */
export function corruptSnappy(): SnappyError {
  return new SnappyError('snappy: corrupt input');
}

/** The kinds of elements in the last two bits of a tag (snappy, format_description.txt). */
const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;

const LARGEST_UINT32 = 0xffff_ffff;

/** A number that was read, and the offset of the bytes after it. */
interface Read {
  readonly value: number;
  readonly next: number;
}

/** Decodes one block that holds at most `limitBytes`. Throws SnappyError. */
export function decodeSnappyBlock(block: Uint8Array, limitBytes: number): Buffer {
  const { value: length, next } = readLength(block);
  if (length > limitBytes) throw corruptSnappy();
  const out = Buffer.allocUnsafe(length);
  let filled = 0;
  for (let at = next; at < block.length;) {
    const element = readElement(block, at);
    at = element.next;
    if (element.length > length - filled) throw corruptSnappy();
    if (element.offset === undefined) {
      if (element.length > block.length - at) throw corruptSnappy();
      out.set(block.subarray(at, at + element.length), filled);
      at += element.length;
    } else copyWithin(out, { filled, offset: element.offset, length: element.length });
    filled += element.length;
  }
  if (filled !== length) throw corruptSnappy();
  return out;
}

/** Reads the length of the decoded block, which precedes the elements. */
function readLength(block: Uint8Array): Read {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80 && value <= LARGEST_UINT32) return { value, next: at + 1 };
  }
  throw corruptSnappy();
}

interface Element {
  readonly length: number;
  /** The distance back to the bytes to copy; undefined for a literal, whose bytes follow. */
  readonly offset: number | undefined;
  readonly next: number;
}

function readElement(block: Uint8Array, at: number): Element {
  const tag = block[at] ?? 0;
  const upper = tag >> 2;
  switch (tag & 3) {
    case LITERAL: {
      if (upper < 60) return { length: upper + 1, offset: undefined, next: at + 1 };
      const { value, next } = readUint(block, at + 1, upper - 59);
      return { length: value + 1, offset: undefined, next };
    }
    case COPY_1: {
      const { value, next } = readUint(block, at + 1, 1);
      return { length: (upper & 7) + 4, offset: (tag >> 5) * 256 + value, next };
    }
    default: {
      const { value, next } = readUint(block, at + 1, (tag & 3) === COPY_2 ? 2 : 4);
      return { length: upper + 1, offset: value, next };
    }
  }
}

/** Reads a little-endian number of `size` bytes. */
function readUint(block: Uint8Array, at: number, size: number): Read {
  if (at + size > block.length) throw corruptSnappy();
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + (block[at + index] ?? 0);
  return { value, next: at + size };
}

/**
 * Copies byte by byte where source and destination overlap, since such a copy repeats bytes that it has just written.
 */
function copyWithin(out: Buffer, { filled, offset, length }: { filled: number; offset: number; length: number }): void {
  if (offset === 0 || offset > filled) throw corruptSnappy();
  if (offset >= length) out.copyWithin(filled, filled - offset, filled - offset + length);
  else for (let at = filled; at < filled + length; at++) out[at] = out[at - offset] ?? 0;
}
