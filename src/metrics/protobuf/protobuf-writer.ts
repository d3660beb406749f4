import { bytesOf } from '../../values/byte-string.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Whole numbers below 128, which are one byte each as a varint. */
const ONE_BYTE = Uint8Array.from({ length: 0x80 }, (_unused, value) => value);
const LARGEST_UINT64 = 2n ** 64n - 1n;

/** Writes the fields of one protobuf message in the order of the calls. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];

  text(field: number, value: string): this {
    return this.message(field, bytesOf(value));
  }

  /** Writes a whole number from zero up, exact to 2^53. Any other number is replaced by the nearest one. */
  uint(field: number, value: number): this {
    return this.#varint(tag(field, VARINT)).#varint(nearestUint64(value));
  }

  /** Writes a whole number that may be negative (int64: two's complement in ten bytes). */
  int(field: number, value: number): this {
    return this.#varint(tag(field, VARINT)).#varint(BigInt.asUintN(64, BigInt(Math.trunc(value))));
  }

  /** Writes a whole number that may be negative (sint64: the sign is the last bit). */
  sint(field: number, value: number): this {
    const whole = BigInt(Math.trunc(value));
    return this.#varint(tag(field, VARINT)).#varint(BigInt.asUintN(64, whole < 0n ? -2n * whole - 1n : 2n * whole));
  }

  double(field: number, value: number): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    this.#varint(tag(field, FIXED64)).#chunks.push(bytes);
    return this;
  }

  /** Writes eight bytes as they are: a double whose bits count. */
  fixed64(field: number, bytes: Uint8Array): this {
    this.#varint(tag(field, FIXED64)).#chunks.push(bytes);
    return this;
  }

  /** Writes a message inside this one, or any bytes. */
  message(field: number, bytes: Uint8Array): this {
    return this.#varint(tag(field, LENGTH_DELIMITED)).delimited(bytes);
  }

  /** Writes bytes after their length, without a tag: the form of messages in a stream. */
  delimited(bytes: Uint8Array): this {
    this.#varint(bytes.length).#chunks.push(bytes);
    return this;
  }

  /** Writes a whole number from zero up by itself, without a tag. */
  varint(value: number): this {
    return this.#varint(value);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #varint(value: number | bigint): this {
    if (value < 0x80) {
      this.#chunks.push(ONE_BYTE.subarray(Number(value), Number(value) + 1));
      return this;
    }
    const bytes: number[] = [];
    let rest = BigInt(value);
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#chunks.push(Uint8Array.from(bytes));
    return this;
  }
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

function nearestUint64(value: number): bigint {
  if (!(value > 0)) return 0n;
  if (value === Infinity) return LARGEST_UINT64;
  const whole = BigInt(Math.trunc(value));
  return whole > LARGEST_UINT64 ? LARGEST_UINT64 : whole;
}
