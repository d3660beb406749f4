import { BusFormatError, BusReader, type BusValue } from './bus-values.js';

/** A call of a method of an object of a service on the bus. */
export interface BusCall {
  /** The name of the service, such as `org.freedesktop.systemd1`. */
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The arguments. All calls here have only strings. */
  readonly args?: readonly string[];
}

/** An incoming message: a reply to a call, or any other message (`other`). */
export type BusMessage =
  | { readonly kind: 'return'; readonly replySerial: number; readonly body: readonly BusValue[] }
  | { readonly kind: 'error'; readonly replySerial: number; readonly errorName: string; readonly text: string }
  | { readonly kind: 'other' };

const TYPE_CALL = 1;
const TYPE_RETURN = 2;
const TYPE_ERROR = 3;
/** A measurement must not start a service. */
const FLAG_NO_AUTO_START = 2;
const PROTOCOL_VERSION = 1;

const FIELD_PATH = 1;
const FIELD_INTERFACE = 2;
const FIELD_MEMBER = 3;
const FIELD_ERROR_NAME = 4;
const FIELD_REPLY_SERIAL = 5;
const FIELD_DESTINATION = 6;
const FIELD_SIGNATURE = 8;

/** The length of: endianness, type, flags, version, length of the body, serial, length of the fields. */
const FIXED_HEADER_BYTES = 16;

/** A reply with all units of a large host has a few MB. The specification allows 128 MiB. */
const LONGEST_MESSAGE = 2 ** 24;

/** Encodes a call as a message. */
export function encodeCall(call: BusCall, serial: number): Buffer {
  const { args = [] } = call;
  const body = new BusWriter();
  for (const arg of args) body.text(arg);
  const message = new BusWriter();
  message.bytes([0x6c, TYPE_CALL, FLAG_NO_AUTO_START, PROTOCOL_VERSION]);
  message.uint32(body.length);
  message.uint32(serial);
  const fields = new BusWriter();
  fields.field(FIELD_PATH, 'o', call.path);
  fields.field(FIELD_DESTINATION, 's', call.destination);
  fields.field(FIELD_INTERFACE, 's', call.interface);
  fields.field(FIELD_MEMBER, 's', call.member);
  if (args.length > 0) fields.field(FIELD_SIGNATURE, 'g', 's'.repeat(args.length));
  message.uint32(fields.length);
  // The fields begin at offset 16, so that alignment within the fields is alignment within the message.
  message.append(fields);
  message.align(8);
  message.append(body);
  return message.finish();
}

/** Writes values as little-endian bytes, aligned as D-Bus requires. */
class BusWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(values: readonly number[]): void {
    this.#push(Buffer.from(values));
  }

  align(to: number): void {
    this.#push(Buffer.alloc((to - (this.#length % to)) % to));
  }

  uint32(value: number): void {
    this.align(4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.#push(bytes);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.uint32(bytes.length);
    this.#push(bytes);
    this.bytes([0]);
  }

  /** Writes a header field: its code and a variant. */
  field(code: number, type: 'o' | 's' | 'g', value: string): void {
    this.align(8);
    this.bytes([code, 1, type.charCodeAt(0), 0]);
    if (type === 'g') this.bytes([value.length, ...Buffer.from(value), 0]);
    else this.text(value);
  }

  append(other: BusWriter): void {
    this.#push(other.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #push(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

/**
 * Returns the length of the message that begins with these bytes, or undefined if there are too few of them. Throws
 * BusFormatError if they are not a message, or if it is too long.
 */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_HEADER_BYTES) return undefined;
  const isLittle = isLittleEndian(bytes);
  const bodyLength = isLittle ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  const fieldsLength = isLittle ? bytes.readUInt32LE(12) : bytes.readUInt32BE(12);
  const length = FIXED_HEADER_BYTES + Math.ceil(fieldsLength / 8) * 8 + bodyLength;
  if (length > LONGEST_MESSAGE)
    throw new BusFormatError(`a message of ${length} bytes is longer than ${LONGEST_MESSAGE}`);
  return length;
}

/** Decodes one whole message. Throws BusFormatError if it is malformed. */
export function decodeMessage(bytes: Buffer): BusMessage {
  const isLittle = isLittleEndian(bytes);
  const reader = new BusReader(bytes, isLittle, 12);
  const fields = fieldsOf(reader.read('a(yv)')[0]);
  reader.align(8);
  const replySerial = fields.get(FIELD_REPLY_SERIAL);
  const type = bytes[1];
  if ((type !== TYPE_RETURN && type !== TYPE_ERROR) || typeof replySerial !== 'number') return { kind: 'other' };
  const signature = fields.get(FIELD_SIGNATURE) ?? '';
  if (typeof signature !== 'string') throw new BusFormatError('the signature of a message is no text');
  const body = reader.read(signature);
  if (type === TYPE_RETURN) return { kind: 'return', replySerial, body };
  const [text] = body;
  const errorName = fields.get(FIELD_ERROR_NAME);
  return {
    kind: 'error',
    replySerial,
    errorName: typeof errorName === 'string' ? errorName : 'an error without a name',
    text: typeof text === 'string' ? text : '',
  };
}

function fieldsOf(value: BusValue | undefined): ReadonlyMap<number, BusValue> {
  const fields = new Map<number, BusValue>();
  for (const field of Array.isArray(value) ? (value as readonly BusValue[]) : []) {
    const [code, content] = Array.isArray(field) ? (field as readonly BusValue[]) : [];
    if (typeof code === 'number' && content !== undefined) fields.set(code, content);
  }
  return fields;
}

function isLittleEndian(bytes: Buffer): boolean {
  if (bytes[0] === 0x6c) return true;
  if (bytes[0] === 0x42) return false;
  throw new BusFormatError(`a message begins with byte ${bytes[0] ?? 'none'} instead of l or B`);
}
