import { textOfBytes } from '../../values/byte-string.js';
import type { ParseMeter } from '../parse-limits.js';
import { StringCache } from '../string-cache.js';

/** The bytes are not valid protobuf. `message` is what upstream answers. */
export class ProtobufParseError extends Error {
  override readonly name = 'ProtobufParseError';
}

/** The error for every violation of the wire format, in the words of Go's protobuf library. */
export function malformed(): ProtobufParseError {
  return new ProtobufParseError('proto: cannot parse invalid wire-format data');
}

/** Wire type of whole numbers of variable length (protobuf encoding, "Message Structure"). */
export const VARINT = 0;
/** Wire type of eight bytes: double, fixed64. */
export const FIXED64 = 1;
/** Wire type of a length followed by that many bytes: texts, messages, packed numbers. */
export const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** The nesting limit of Go's protobuf library. */
const DEEPEST_GROUP = 10_000;
const LONGEST_VARINT = 10;
const LARGEST_FIELD = 2 ** 29 - 1;

/** How many fields are read between two moments at which the caller may let other work run. */
const FIELDS_A_STEP = 256;

/** Reads the value of a field and returns true, or returns false. */
export type FieldVisitor = (field: number, wireType: number) => boolean;

/** One message: its bytes from `at` to before `end`. Values are read in place; only texts are copied. */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #strings: StringCache;
  /** Counts what is read of the whole stream. */
  readonly meter: ParseMeter;
  readonly #end: number;
  #at: number;

  private constructor(bytes: Buffer, range: { at: number; end: number; strings: StringCache; meter: ParseMeter }) {
    this.#bytes = bytes;
    this.#strings = range.strings;
    this.meter = range.meter;
    this.#at = range.at;
    this.#end = range.end;
  }

  static over(bytes: Buffer, meter: ParseMeter): ProtobufReader {
    return new ProtobufReader(bytes, { at: 0, end: bytes.length, strings: new StringCache(bytes), meter });
  }

  /** How many bytes of the whole are before the next one. */
  get place(): number {
    return this.#at;
  }

  /** Reads a message within the whole that `message` was at before, counting for another meter. */
  messageAt(place: number, meter = this.meter): ProtobufReader {
    const range = { at: place, end: this.#end, strings: this.#strings, meter };
    return new ProtobufReader(this.#bytes, range).message();
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /**
   * Reads the next message of a stream, which follows its length. Throws ProtobufParseError; if the stream is cut off,
   * with the message of Go's io package.
   */
  delimited(): ProtobufReader {
    if (!this.#hasWholeVarint()) throw new ProtobufParseError('unexpected EOF');
    const length = this.uint();
    if (length > this.#end - this.#at) throw new ProtobufParseError('unexpected EOF');
    return this.#take(length);
  }

  #hasWholeVarint(): boolean {
    const begin = this.#bytes.subarray(this.#at, Math.min(this.#end, this.#at + LONGEST_VARINT));
    return begin.length === LONGEST_VARINT || begin.some((byte) => byte < 0x80);
  }

  /**
   * Reads a repeated number, packed or not, and calls `read` for each value. Returns false if the wire type is neither.
   */
  repeated(wireType: number, plain: number, read: (from: ProtobufReader) => void): boolean {
    if (wireType === plain) read(this);
    else if (wireType === LENGTH_DELIMITED) for (const packed = this.message(); !packed.isAtEnd;) read(packed);
    else return false;
    return true;
  }

  /**
   * Calls `visit` with the number and wire type of each field. `visit` reads the value and returns true, or returns
   * false, and the value is skipped. Throws ProtobufParseError.
   */
  fields(visit: FieldVisitor): void {
    while (this.#at < this.#end) this.#field(visit);
  }

  /** Does what `fields` does in steps, for messages that may have very many fields. */
  *fieldSteps(visit: FieldVisitor): Generator<undefined, void> {
    for (let count = 1; this.#at < this.#end; count++) {
      if (count % FIELDS_A_STEP === 0) yield;
      this.#field(visit);
    }
  }

  #field(visit: FieldVisitor): void {
    const tag = this.uint();
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (field === 0 || field > LARGEST_FIELD) throw malformed();
    if (!visit(field, wireType)) this.#skip(field, wireType);
  }

  /** Reads a message within this one. */
  message(): ProtobufReader {
    return this.#take(this.#length());
  }

  #take(length: number): ProtobufReader {
    const at = this.#at;
    this.#at += length;
    return new ProtobufReader(this.#bytes, { at, end: this.#at, strings: this.#strings, meter: this.meter });
  }

  /** Reads a text. Bytes that are not UTF-8 are decoded as byte-string.ts describes. */
  text(): string {
    const length = this.#length();
    const from = this.#at;
    this.#at = from + length;
    let hash = 0;
    let seen = 0;
    for (let index = from; index < this.#at; index++) {
      const byte = this.#bytes[index] ?? 0;
      hash = (hash * 31 + byte) | 0;
      seen |= byte;
    }
    if (seen < 0x80) return this.#strings.text(from, this.#at, hash);
    return textOfBytes(this.#bytes.subarray(from, this.#at));
  }

  double(): number {
    if (this.#end - this.#at < 8) throw malformed();
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  /** Reads an unsigned varint; beyond 2^53 it is rounded. */
  uint(): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < LONGEST_VARINT; index++) {
      const byte = this.#next();
      if (index === LONGEST_VARINT - 1 && byte > 1) throw malformed();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw malformed();
  }

  /** Reads a varint in two's complement (int64, int32). */
  int(): number {
    return Number(BigInt.asIntN(64, this.#uint64()));
  }

  /** Reads a value of an enumeration, which is the low 32 bits of a varint in two's complement, as in Go. */
  enumeration(): number {
    return Number(BigInt.asIntN(32, this.#uint64()));
  }

  /** Reads a varint whose last bit is the sign (sint64, sint32). */
  sint(): number {
    const value = this.#uint64();
    return Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n);
  }

  #uint64(): bigint {
    const start = this.#at;
    const value = this.uint();
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let index = this.#at - 1; index >= start; index--) {
      exact = (exact << 7n) | BigInt((this.#bytes[index] ?? 0) & 0x7f);
    }
    return exact;
  }

  #next(): number {
    if (this.#at >= this.#end) throw malformed();
    return this.#bytes[this.#at++] ?? 0;
  }

  #length(): number {
    const length = this.uint();
    if (length > this.#end - this.#at) throw malformed();
    return length;
  }

  #skip(field: number, wireType: number): void {
    const open: number[] = [];
    let current = { field, wireType };
    for (;;) {
      if (current.wireType === GROUP_START) {
        open.push(current.field);
        if (open.length > DEEPEST_GROUP) throw malformed();
      } else if (current.wireType === GROUP_END) {
        if (open.pop() !== current.field) throw malformed();
      } else this.#skipValue(current.wireType);
      if (open.length === 0) return;
      const tag = this.uint();
      current = { field: Math.floor(tag / 8), wireType: tag % 8 };
    }
  }

  #skipValue(wireType: number): void {
    if (wireType === VARINT) this.uint();
    else if (wireType === LENGTH_DELIMITED) {
      const length = this.#length();
      this.#at += length;
    } else if (wireType === FIXED64 || wireType === FIXED32) {
      this.#at += wireType === FIXED64 ? 8 : 4;
      if (this.#at > this.#end) throw malformed();
    } else throw malformed();
  }
}
