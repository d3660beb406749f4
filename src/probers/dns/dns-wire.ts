import { WireError } from '../../net/dns/dns-format.js';
import { escapeInto, LABEL_ESCAPES, LONGEST_ESCAPE } from './dns-escape.js';

/** The longest name on the wire, in octets (RFC 1035, section 2.3.4). */
const LONGEST_NAME_OCTETS = 255;
/** The most pointers that a name of the longest length can need. */
const MOST_POINTERS = 126;
/**
 * The limit on decompressed names and bitmaps in one message, in octets. The two octets of a pointer can refer to a
 * name of 255, and an octet of a bitmap names eight types, so that 64 KiB could become megabytes. Real messages stay
 * far below.
 */
const MOST_UNFOLDED_OCTETS = 1024 * 1024;
/**
 * The octets that an option, a parameter or a prefix charges to that budget: it has few octets on the wire, but costs
 * as much as a record.
 */
export const OCTETS_A_PART = 256;
const DOT = 0x2e;

/** Reads the names of one message. */
export class NameReader {
  /** The offset after the last name. */
  next = 0;
  readonly #bytes: Buffer;
  readonly #known = new Map<number, string>();
  readonly #text = Buffer.allocUnsafe(LONGEST_NAME_OCTETS * LONGEST_ESCAPE);
  #octetsLeft: number;

  /** `mostOctets` is what names and bitmaps may decompress to. */
  constructor(bytes: Buffer, mostOctets = MOST_UNFOLDED_OCTETS) {
    this.#bytes = bytes;
    this.#octetsLeft = mostOctets;
  }

  /**
   * Reads the name at `start` into presentation form, with its final dot. The bytes from `end` on do not belong to it.
   * Throws WireError.
   */
  read(start: number, end: number): string {
    const bytes = this.#bytes;
    const pointsTo = start + 1 < end && (bytes[start] ?? 0) >= 0xc0 ? bytes.readUInt16BE(start) & 0x3fff : -1;
    const known = this.#known.get(pointsTo);
    if (known !== undefined) {
      this.spend(known.length);
      this.next = start + 2;
      return known;
    }
    const text = this.#follow(start, end);
    if (pointsTo >= 0) this.#known.set(pointsTo, text);
    return text;
  }

  /** Charges the decompression budget with `octets`. Throws WireError when it is exhausted. */
  spend(octets: number): void {
    this.#octetsLeft -= octets;
    if (this.#octetsLeft < 0) throw new WireError('dns: the message decompresses to too much');
  }

  #follow(start: number, limit: number): string {
    const bytes = this.#bytes;
    let at = start;
    let pointers = 0;
    let octets = 0;
    let end = 0;
    for (;;) {
      if (at >= limit) throw new WireError('dns: buffer size too small');
      const length = bytes[at++] ?? 0;
      if (length === 0) break;
      if (length < 0x40) {
        if (at + length > limit) throw new WireError('dns: buffer size too small');
        octets += length + 1;
        if (octets >= LONGEST_NAME_OCTETS) throw new WireError('dns: domain name exceeded 255 wire-format octets');
        end = escapeInto(this.#text, end, { bytes, from: at, to: at + length, escapes: LABEL_ESCAPES });
        this.#text[end++] = DOT;
        at += length;
      } else {
        if (length < 0xc0) throw new WireError('dns: bad rdata');
        if (at >= limit) throw new WireError('dns: buffer size too small');
        const target = ((length & 0x3f) << 8) | (bytes[at++] ?? 0);
        if (pointers === 0) this.next = at;
        if (++pointers > MOST_POINTERS) throw new WireError('dns: too many compression pointers');
        at = target;
      }
    }
    if (pointers === 0) this.next = at;
    this.spend(octets);
    return end === 0 ? '.' : this.#text.toString('latin1', 0, end);
  }
}

/**
 * Reads the fields of a record's data. Data that ends between two fields is not an error: miekg/dns takes the missing
 * fields as zero or empty, and patterns depend on that. Data that ends inside a field throws WireError.
 */
export class RdataReader {
  readonly bytes: Buffer;
  readonly names: NameReader;
  at: number;
  readonly end: number;
  #mustGoOn = false;

  constructor(names: NameReader, bytes: Buffer, { at, end }: { readonly at: number; readonly end: number }) {
    this.names = names;
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  uint8(): number {
    return this.#missing ? 0 : (this.bytes[this.#advance(1, 'uint8')] ?? 0);
  }

  uint16(): number {
    return this.#missing ? 0 : this.bytes.readUInt16BE(this.#advance(2, 'uint16'));
  }

  uint32(): number {
    return this.#missing ? 0 : this.bytes.readUInt32BE(this.#advance(4, 'uint32'));
  }

  uint48(): number {
    return this.#missing ? 0 : this.bytes.readUIntBE(this.#advance(6, 'uint64 as uint48'), 6);
  }

  /** Reads a name; "" at the end of the data, "." for the root. */
  name(): string {
    if (this.atEnd) return '';
    const text = this.names.read(this.at, this.end);
    this.at = this.names.next;
    return text;
  }

  /** Reads `length` bytes; none at the end of the data. */
  take(length: number, what: string): Buffer {
    if (this.#missing) return EMPTY;
    const from = this.#advance(length, what);
    return this.bytes.subarray(from, from + length);
  }

  /** Reads `length` bytes of a field that follows its length: the data must not end between the two. */
  takeInside(length: number, what: string): Buffer {
    if (this.atEnd) return EMPTY;
    const bytes = this.take(length, what);
    this.#mustGoOn = true;
    return bytes;
  }

  /** Reads one character string, without its length. */
  characterString(): Buffer {
    return this.atEnd ? EMPTY : this.#string(this.bytes[this.at++] ?? 0);
  }

  rest(): Buffer {
    const rest = this.bytes.subarray(this.at, this.end);
    this.at = this.end;
    return rest;
  }

  get #missing(): boolean {
    return this.atEnd && !this.#mustGoOn;
  }

  /** Skips one character string and returns its length. Its content ends at `at` then. */
  passString(): number {
    const length = this.bytes[this.at++] ?? 0;
    this.#advance(length, 'txt');
    return length;
  }

  #string(length: number): Buffer {
    const from = this.#advance(length, 'txt');
    return this.bytes.subarray(from, from + length);
  }

  #advance(length: number, what: string): number {
    const from = this.at;
    this.#mustGoOn = false;
    if (from + length > this.end) throw new WireError(`dns: overflow unpacking ${what}`);
    this.at = from + length;
    return from;
  }
}

const EMPTY = Buffer.alloc(0);
