/** The greatest distance of a match, in bytes. Offsets within it fit into two bytes. */
const FRAGMENT_BYTES = 65_536;
const HASH_BITS = 14;
/** The shortest match that is written as a copy. */
const LEAST_MATCH = 4;
/** The longest that one copy element holds. */
const LONGEST_COPY = 64;
const COPY_2 = 2;

/**
 * Encodes bytes as one snappy block (snappy, format_description.txt). Each place is looked up once, by the last one
 * with the same four bytes, so that the work is linear.
 */
export function encodeSnappyBlock(bytes: Uint8Array): Buffer {
  const writer = new BlockWriter(bytes);
  const table = new Int32Array(2 ** HASH_BITS);
  for (let from = 0; from < bytes.length; from += FRAGMENT_BYTES) {
    encodeFragment(writer, table, { from, end: Math.min(from + FRAGMENT_BYTES, bytes.length) });
  }
  return writer.written();
}

interface Range {
  readonly from: number;
  readonly end: number;
}

function encodeFragment(writer: BlockWriter, table: Int32Array, { from, end }: Range): void {
  table.fill(-1);
  let literalFrom = from;
  let at = from;
  while (at + LEAST_MATCH <= end) {
    const word = writer.wordAt(at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[slot] ?? -1;
    table[slot] = at;
    if (candidate < from || writer.wordAt(candidate) !== word) {
      // Long stretches without a match are passed over faster and faster, as other encoders do.
      at += 1 + ((at - literalFrom) >> 5);
      continue;
    }
    const length = writer.matchLength(candidate, at, end);
    writer.literal(literalFrom, at);
    writer.copy(at - candidate, length);
    at += length;
    literalFrom = at;
  }
  writer.literal(literalFrom, end);
}

/** The written part of the block. */
class BlockWriter {
  readonly #bytes: Buffer;
  readonly #out: Buffer;
  #length = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    // Literals add three bytes to 65,536, and copies are never longer than what they stand for.
    this.#out = Buffer.allocUnsafe(16 + bytes.length + (bytes.length >> 6) * 3);
    let rest = bytes.length;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#put((rest & 0x7f) | 0x80);
    this.#put(rest);
  }

  wordAt(at: number): number {
    return this.#bytes.readInt32LE(at);
  }

  matchLength(candidate: number, at: number, end: number): number {
    let length = LEAST_MATCH;
    while (at + length < end && this.#bytes[candidate + length] === this.#bytes[at + length]) length++;
    return length;
  }

  literal(from: number, end: number): void {
    if (from === end) return;
    const length = end - from - 1;
    if (length < 60) this.#put(length << 2);
    else if (length < 256) {
      this.#put(60 << 2);
      this.#put(length);
    } else {
      this.#put(61 << 2);
      this.#put(length & 0xff);
      this.#put(length >> 8);
    }
    this.#length += this.#bytes.copy(this.#out, this.#length, from, end);
  }

  copy(offset: number, length: number): void {
    for (let left = length; left > 0; left -= LONGEST_COPY) {
      this.#put(((Math.min(left, LONGEST_COPY) - 1) << 2) | COPY_2);
      this.#put(offset & 0xff);
      this.#put(offset >> 8);
    }
  }

  written(): Buffer {
    return this.#out.subarray(0, this.#length);
  }

  #put(byte: number): void {
    this.#out[this.#length++] = byte;
  }
}
