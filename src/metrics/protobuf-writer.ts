const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Writes the fields of one protobuf message in the order of the calls. */
export class ProtobufWriter {
  readonly #chunks: Buffer[] = [];

  text(field: number, value: string): this {
    return this.message(field, Buffer.from(value, 'utf8'));
  }

  /** A whole number from zero up, exact to 2^53. */
  uint(field: number, value: number): this {
    return this.#varint(tag(field, VARINT)).#varint(BigInt(Math.trunc(value)));
  }

  /** A whole number that may be negative (int64: two's complement in ten bytes). */
  int(field: number, value: number): this {
    return this.#varint(tag(field, VARINT)).#varint(BigInt.asUintN(64, BigInt(Math.trunc(value))));
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#varint(tag(field, FIXED64)).#chunks.push(bytes);
    return this;
  }

  /** A message inside this one, or any bytes. */
  message(field: number, bytes: Buffer): this {
    return this.#varint(tag(field, LENGTH_DELIMITED)).delimited(bytes);
  }

  /** Bytes behind their length, without a tag: how messages follow one another in a stream. */
  delimited(bytes: Buffer): this {
    this.#varint(BigInt(bytes.length)).#chunks.push(bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#chunks.push(Buffer.from(bytes));
    return this;
  }
}

function tag(field: number, wireType: number): bigint {
  return BigInt(field * 8 + wireType);
}
