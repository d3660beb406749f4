/** The names of grpc.health.v1.HealthCheckResponse.ServingStatus by number. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** Wire types of protobuf (https://protobuf.dev/programming-guides/encoding/). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The longest varint: ten bytes of seven bits each. */
const LONGEST_VARINT_BYTES = 10;

/** A message that is no valid protobuf. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** grpc.health.v1.HealthCheckRequest: the service is field 1, left out where it is empty, as proto3 has it. */
export function encodeHealthRequest(service: string): Uint8Array {
  if (service === '') return new Uint8Array();
  const name = Buffer.from(service, 'utf8');
  return Buffer.concat([Uint8Array.of((1 << 3) | LENGTH_DELIMITED, ...varint(name.length)), name]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** The serving status in a grpc.health.v1.HealthCheckResponse: its name, or the digits of a number that has none. Throws ProtobufError. */
export function decodeHealthResponse(message: Uint8Array): string {
  const reader = new WireReader(message);
  let status = 0;
  while (!reader.atEnd) {
    const { field, type } = reader.tag();
    if (field === 1 && type === VARINT) status = reader.varint();
    else reader.skip(type);
  }
  return SERVING_STATUSES[status] ?? String(status);
}

/** Walks over a message field by field; every step is checked against its end. */
class WireReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  tag(): { readonly field: number; readonly type: number } {
    const tag = this.varint();
    if (tag >>> 3 === 0) throw new ProtobufError('proto: invalid field number');
    return { field: tag >>> 3, type: tag & 7 };
  }

  /** The low 32 bits, signed: what an enum keeps of a longer varint. */
  varint(): number {
    let value = 0;
    for (let index = 0; index < LONGEST_VARINT_BYTES; index++) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw new ProtobufError('proto: unexpected EOF');
      if (index < 5) value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('proto: variable length integer overflow');
  }

  skip(type: number): void {
    switch (type) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case LENGTH_DELIMITED:
        this.#advance(this.varint() >>> 0);
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        // Groups (3 and 4) are gone from proto3, and the other two were never given out.
        throw new ProtobufError('proto: cannot parse invalid wire-format data');
    }
  }

  #advance(bytes: number): void {
    if (bytes > this.#bytes.length - this.#offset) throw new ProtobufError('proto: unexpected EOF');
    this.#offset += bytes;
  }
}
