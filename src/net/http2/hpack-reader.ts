import { textOfBytes } from '../../values/byte-string.js';
import type { Steps } from '../../values/in-slices.js';
import { decodeHuffman, decodeHuffmanInSteps } from './huffman.js';

/** A header block that is not HPACK; the text says what is wrong. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}

/** No integer of ours needs more than 28 bits: they are indices, and lengths within a block. */
const LARGEST_SHIFT = 21;
const HUFFMAN = 0x80;

/** A string, and how many octets it has decoded. */
export interface HpackString {
  /** Octets that are no UTF-8 are U+FFFD. */
  readonly text: string;
  /** The text with such octets (byte-string.ts), where there are any. */
  readonly exact?: string;
  readonly bytes: number;
}

/** Reads the two forms that HPACK is made of, integers and strings (RFC 7541 §5). Throws HpackError. */
export class HpackReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#block.length;
  }

  /** The first octet of what comes next, which is not taken. */
  peek(): number {
    const octet = this.#block[this.#at];
    if (octet === undefined) throw new HpackError('the header block ends within a field');
    return octet;
  }

  /** An integer that begins in the lowest bits of the next octet. */
  integer(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = this.#octet() & most;
    if (value < most) return value;
    for (let shift = 0; shift <= LARGEST_SHIFT; shift += 7) {
      const octet = this.#octet();
      value += (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    throw new HpackError('an integer of the header block is too large');
  }

  string(): HpackString {
    const { isHuffman, start, end } = this.#takeString();
    if (!isHuffman) return textOf(this.#block.subarray(start, end), end - start);
    const into = roomFor(end - start);
    return textOf(into, decodeHuffman(this.#block, start, end, into));
  }

  /** Reads a string in steps, for blocks that are so large that a string may be long. */
  *stringInSteps(): Steps<HpackString> {
    const { isHuffman, start, end } = this.#takeString();
    if (!isHuffman) return textOf(this.#block.subarray(start, end), end - start);
    const into = roomFor(end - start);
    return textOf(into, yield* decodeHuffmanInSteps(this.#block.subarray(start, end), into));
  }

  #takeString(): { readonly isHuffman: boolean; readonly start: number; readonly end: number } {
    const isHuffman = (this.peek() & HUFFMAN) !== 0;
    const length = this.integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new HpackError('a string is longer than its header block');
    this.#at = end;
    return { isHuffman, start, end };
  }

  #octet(): number {
    const octet = this.peek();
    this.#at++;
    return octet;
  }
}

/** Room for the octets of a coded string. No code is shorter than five bits. */
function roomFor(length: number): Buffer {
  return Buffer.allocUnsafe(Math.ceil((length * 8) / 5));
}

/** The longest text of which other octets than UTF-8 are kept, in octets: no redirect leads to a longer one. */
const LONGEST_EXACT = 64 * 1024;

function textOf(decoded: Buffer, bytes: number): HpackString {
  if (bytes === -1) throw new HpackError('a string is not in the Huffman code');
  const text = decoded.toString('utf8', 0, bytes);
  if (bytes > LONGEST_EXACT || !text.includes('\ufffd')) return { text, bytes };
  return { text, exact: textOfBytes(decoded.subarray(0, bytes)), bytes };
}
