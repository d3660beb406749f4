import { atOnce } from '../in-slices.js';
import { crc32c, maskCrc32c } from './crc32c.js';
import { corruptSnappy, decodeSnappyBlock, SnappyError } from './snappy-block.js';

/** The decoded content exceeds the limit. */
export class SnappyLimitError extends Error {
  override readonly name = 'SnappyLimitError';
}

/** The types of chunks; those from 0x80 up are skipped (snappy, framing_format.txt, section 4). */
const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
const STREAM_IDENTIFIER = 0xff;
const FIRST_SKIPPABLE = 0x80;

const MAGIC = Buffer.from('sNaPpY');
const HEADER_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** The most bytes of content in one chunk. */
const LARGEST_CONTENT = 65_536;
/** The longest compressed form of such a chunk, which is also the limit of Go's reader. */
const LARGEST_CHUNK = 76_490 + CHECKSUM_BYTES;

/**
 * Decodes the snappy framing format up to `limitBytes` of content, and verifies its checksums. Throws SnappyError with
 * the text of Go's snappy package, and SnappyLimitError before it decodes more than the limit.
 */
export function decodeSnappyStream(body: Uint8Array, options: { readonly limitBytes: number }): Buffer {
  return atOnce(decodeSnappyStreamSteps(body, options));
}

/** Decodes a stream in steps of a chunk. */
export function* decodeSnappyStreamSteps(
  body: Uint8Array,
  { limitBytes }: { readonly limitBytes: number },
): Generator<undefined, Buffer> {
  const out = new GrowingBuffer();
  for (const { type, data } of chunksOf(body)) {
    yield;
    const content = decodeChunk(type, data);
    if (out.length + content.length > limitBytes) {
      throw new SnappyLimitError(`snappy: content is larger than ${limitBytes} bytes`);
    }
    out.add(content);
  }
  return out.bytes();
}

/** A buffer that grows, so that many small chunks cost no more than their bytes. */
class GrowingBuffer {
  #bytes = Buffer.allocUnsafe(LARGEST_CONTENT);
  length = 0;

  add(content: Uint8Array): void {
    const end = this.length + content.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    this.#bytes.set(content, this.length);
    this.length = end;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}

interface Chunk {
  readonly type: number;
  readonly data: Uint8Array;
}

function* chunksOf(body: Uint8Array): Generator<Chunk> {
  for (let at = 0; at < body.length;) {
    const type = body[at];
    if (type === undefined || body.length - at < HEADER_BYTES) throw corruptSnappy();
    if (at === 0 && type !== STREAM_IDENTIFIER) throw corruptSnappy();
    const length = (body[at + 1] ?? 0) + (body[at + 2] ?? 0) * 2 ** 8 + (body[at + 3] ?? 0) * 2 ** 16;
    if (length > LARGEST_CHUNK) throw unsupportedSnappy();
    at += HEADER_BYTES;
    if (length > body.length - at) throw corruptSnappy();
    yield { type, data: body.subarray(at, at + length) };
    at += length;
  }
}

const NOTHING = Buffer.alloc(0);

function decodeChunk(type: number, data: Uint8Array): Buffer {
  if (type === COMPRESSED || type === UNCOMPRESSED) {
    if (data.length < CHECKSUM_BYTES) throw corruptSnappy();
    const packed = data.subarray(CHECKSUM_BYTES);
    const content = type === COMPRESSED ? decodeSnappyBlock(packed, LARGEST_CONTENT) : Buffer.from(packed);
    if (content.length > LARGEST_CONTENT || maskCrc32c(crc32c(content)) !== checksumOf(data)) throw corruptSnappy();
    return content;
  }
  if (type === STREAM_IDENTIFIER && !MAGIC.equals(data)) throw corruptSnappy();
  if (type < FIRST_SKIPPABLE) throw unsupportedSnappy();
  return NOTHING;
}

function unsupportedSnappy(): SnappyError {
  return new SnappyError('snappy: unsupported input');
}

function checksumOf(data: Uint8Array): number {
  return Buffer.from(data.buffer, data.byteOffset, CHECKSUM_BYTES).readUInt32LE(0);
}
