/**
 * ICMP echo messages (RFC 792, RFC 4443 §4): building requests, reading replies. Every byte that is read may be
 * anything.
 */

/** The types of echo messages, by family. */
const ECHO = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

/** Type, code, checksum, identifier, sequence number. */
const ICMP_HEADER_BYTES = 8;

const SMALLEST_IPV4_HEADER_BYTES = 20;

/** An echo request of ICMP (RFC 792) or ICMPv6 (RFC 4443). */
export interface EchoRequest {
  readonly family: 4 | 6;
  /** 16 bits; of no meaning on datagram sockets, where the kernel puts its own. */
  readonly id: number;
  /** 16 bits. */
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** The numbers that identify an echo request, in its reply or in the quotation of an ICMP error. */
export interface EchoName {
  readonly id: number;
  readonly sequence: number;
}

/** An echo reply. */
export interface EchoReply extends EchoName {
  /** A view of the packet. */
  readonly data: Uint8Array;
}

/** The bytes of a request. The checksum is right for IPv4; that of IPv6 depends on addresses and is the kernel's. */
export function buildEchoRequest({ family, id, sequence, data }: EchoRequest): Buffer {
  const packet = Buffer.alloc(ICMP_HEADER_BYTES + data.length);
  packet[0] = ECHO[family].request;
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.set(data, ICMP_HEADER_BYTES);
  if (family === 4) packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

/** The kind of socket that a packet came from. */
export interface ReceivedFrom {
  readonly family: 4 | 6;
  /** Raw sockets of IPv4 show the IP header, and packets whose checksum nobody has looked at. */
  readonly raw: boolean;
}

/** Reads an echo reply as the socket gave it; undefined for anything else. */
export function parseEchoReply(bytes: Uint8Array, { family, raw }: ReceivedFrom): EchoReply | undefined {
  const bare = raw && family === 4;
  const message = bare ? withoutIpv4Header(bytes) : bytes;
  if (message === undefined || message.length < ICMP_HEADER_BYTES) return undefined;
  if (message[0] !== ECHO[family].reply || message[1] !== 0) return undefined;
  if (bare && checksum(message) !== 0) return undefined;
  const { id, sequence } = readName(message);
  return { id, sequence, data: message.subarray(ICMP_HEADER_BYTES) };
}

/**
 * Returns the identifier and sequence of the request that an ICMP error quotes; undefined if it is no echo request. The
 * bytes begin at the quoted ICMP header.
 */
export function parseQuotedRequest(bytes: Uint8Array, family: 4 | 6): EchoName | undefined {
  if (bytes.length < ICMP_HEADER_BYTES || bytes[0] !== ECHO[family].request || bytes[1] !== 0) return undefined;
  return readName(bytes);
}

function readName(message: Uint8Array): EchoName {
  return { id: word(message, 4), sequence: word(message, 6) };
}

function withoutIpv4Header(bytes: Uint8Array): Uint8Array | undefined {
  const first = bytes[0] ?? 0;
  const length = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || length < SMALLEST_IPV4_HEADER_BYTES || bytes.length < length) return undefined;
  return bytes.subarray(length);
}

/** The internet checksum (RFC 1071); over bytes that hold a right one it is zero. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) sum += word(bytes, index);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function word(bytes: Uint8Array, index: number): number {
  return ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
}
