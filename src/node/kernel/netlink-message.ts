/** The protocol of AF_NETLINK for devices, routes and queues. */
export const NETLINK_ROUTE = 0;
/** The protocol of AF_NETLINK for all that has no number of its own. */
export const NETLINK_GENERIC = 16;

const HEADER_BYTES = 16;
const ATTRIBUTE_BYTES = 4;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
/** The two highest bits of a kind say how the value is written. */
const KIND_BITS = 0x3fff;

/** A message of an answer. */
export interface NetlinkMessage {
  readonly type: number;
  /** The bytes after the header. */
  readonly body: Buffer;
}

/** The attributes of a message by their kinds; of several of one kind the last. */
export type Attributes = ReadonlyMap<number, Buffer>;

/** The kernel refused a request. */
export class NetlinkRefusal extends Error {
  override readonly name = 'NetlinkRefusal';
  /** The number of the error, such as 2 for ENOENT. */
  readonly errno: number;

  constructor(errno: number) {
    super(`the kernel refuses it with error ${errno}`);
    this.errno = errno;
  }
}

/** Builds a request, for one thing or, as a dump, for all. Numbers in it are in the order of the machine. */
export function netlinkRequest(type: number, body: Uint8Array, isDump: boolean): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + body.length);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(isDump ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST, 6);
  message.set(body, HEADER_BYTES);
  return message;
}

/** Builds an attribute of a request, filled up to four bytes. */
export function netlinkAttribute(kind: number, value: Uint8Array): Buffer {
  const attribute = Buffer.alloc(aligned(ATTRIBUTE_BYTES + value.length));
  attribute.writeUInt16LE(ATTRIBUTE_BYTES + value.length, 0);
  attribute.writeUInt16LE(kind, 2);
  attribute.set(value, ATTRIBUTE_BYTES);
  return attribute;
}

/** Yields the messages of an answer up to the one that ends it. Throws a NetlinkRefusal where that is an error. */
export function* netlinkMessages(answer: Buffer): Generator<NetlinkMessage> {
  for (let at = 0; at + HEADER_BYTES <= answer.length;) {
    const length = answer.readUInt32LE(at);
    if (length < HEADER_BYTES || at + length > answer.length) throw new Error('a message of the kernel is cut off');
    const type = answer.readUInt16LE(at + 4);
    const body = answer.subarray(at + HEADER_BYTES, at + length);
    if (type === NLMSG_DONE) return;
    if (type === NLMSG_ERROR) {
      const errno = body.length < 4 ? 0 : -body.readInt32LE(0);
      if (errno !== 0) throw new NetlinkRefusal(errno);
      return;
    }
    yield { type, body };
    at += aligned(length);
  }
}

/** Reads the attributes in `bytes` from `start` on. Throws an Error for one that is cut off. */
export function netlinkAttributes(bytes: Buffer, start = 0): Attributes {
  const attributes = new Map<number, Buffer>();
  for (const { kind, value } of attributeList(bytes, start)) attributes.set(kind, value);
  return attributes;
}

/** Yields the attributes one by one, for lists in which a kind is the place in the list. */
export function* attributeList(bytes: Buffer, start = 0): Generator<{ readonly kind: number; readonly value: Buffer }> {
  for (let at = start; at + ATTRIBUTE_BYTES <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < ATTRIBUTE_BYTES || at + length > bytes.length)
      throw new Error('an attribute of the kernel is cut off');
    yield { kind: bytes.readUInt16LE(at + 2) & KIND_BITS, value: bytes.subarray(at + ATTRIBUTE_BYTES, at + length) };
    at += aligned(length);
  }
}

/** Reads a number of 32 bits; undefined where the attribute is absent or too short. */
export function attributeU32(attributes: Attributes, kind: number): number | undefined {
  const value = attributes.get(kind);
  return value === undefined || value.length < 4 ? undefined : value.readUInt32LE(0);
}

/** Reads a number of 64 bits, rounded beyond 2^53; undefined where the attribute is absent or too short. */
export function attributeU64(attributes: Attributes, kind: number): number | undefined {
  const value = attributes.get(kind);
  return value === undefined || value.length < 8 ? undefined : Number(value.readBigUInt64LE(0));
}

/** Reads a text up to its null byte. */
export function attributeText(attributes: Attributes, kind: number): string | undefined {
  const value = attributes.get(kind);
  return value === undefined ? undefined : textUpToNull(value);
}

/** The text before the first null byte, or all of it. */
export function textUpToNull(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
