import { FLAG_AD, FLAG_RD, HEADER_OCTETS, TYPE_OPT, WireError } from './dns-format.js';

/** A query to encode. Names are in presentation form and always count as absolute. */
export interface QueryRecipe {
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly recursionDesired: boolean;
  /** Whether the server is asked to say if it has verified the data (the flag AD). */
  readonly authenticData?: boolean;
  readonly edns?: EdnsRecipe;
}

/** The contents of the OPT record. */
export interface EdnsRecipe {
  readonly udpSizeBytes: number;
  readonly dnssecOk: boolean;
  readonly nsid: boolean;
  readonly clientSubnet?: ClientSubnet;
}

/** The client's network (RFC 7871). */
export interface ClientSubnet {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly prefixBits: number;
}

/** An encoded query. */
export interface DnsQuery {
  readonly bytes: Buffer;
  readonly id: number;
  /** The question section, which a reply must repeat. */
  readonly question: Buffer;
}

const DNSSEC_OK = 0x8000;
/** The number of the option NSID (RFC 5001). */
export const OPTION_NSID = 3;
const OPTION_CLIENT_SUBNET = 8;

/** Encodes a query with the id 0; `withId` sets the id. Throws WireError for an invalid name. */
export function encodeQuery(recipe: QueryRecipe): DnsQuery {
  const { type, class: number, recursionDesired, authenticData = false, edns } = recipe;
  const header = Buffer.alloc(HEADER_OCTETS);
  header.writeUInt16BE((recursionDesired ? FLAG_RD : 0) | (authenticData ? FLAG_AD : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns === undefined ? 0 : 1, 10);
  const name = encodeName(recipe.name);
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(number, 2);
  const question = Buffer.concat([name, fixed]);
  const opt = edns === undefined ? [] : [encodeOpt(edns)];
  return { bytes: Buffer.concat([header, question, ...opt]), id: 0, question };
}

/** Returns the query with another id. */
export function withId({ bytes, question }: DnsQuery, id: number): DnsQuery {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  return { bytes: copy, id, question };
}

/**
 * Whether a message of at least the length of header and question repeats the question of the query as its first. Names
 * are compared without regard to case, type and class exactly.
 */
export function repeatsQuestion(bytes: Buffer, { question }: DnsQuery): boolean {
  const nameOctets = question.length - 4;
  for (let index = 0; index < question.length; index++) {
    const a = bytes[HEADER_OCTETS + index] ?? 0;
    const b = question[index] ?? 0;
    if (a !== b && (index >= nameOctets || lowerCase(a) !== lowerCase(b))) return false;
  }
  return true;
}

/** The lengths of labels are below the letters, so they stay the same. */
function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;

/** Encodes a name; `\.` and `\DDD` are read as in a zone file. Throws WireError with upstream's text. */
export function encodeName(text: Uint8Array): Buffer {
  if (text.length === 0 || (text.length === 1 && text[0] === DOT)) return Buffer.of(0);
  const wire: number[] = [];
  let label: number[] = [];
  const finish = (): void => {
    if (label.length === 0 || label.length > LONGEST_LABEL) throw new WireError('dns: bad rdata');
    wire.push(label.length, ...label);
    label = [];
  };
  for (let at = 0; at < text.length;) {
    if (text[at] === DOT) {
      finish();
      at++;
      continue;
    }
    const { byte, length } = nextNameByte(text, at);
    label.push(byte);
    at += length;
  }
  if (label.length > 0) finish();
  if (wire.length >= LONGEST_NAME) throw new WireError('dns: domain name exceeded 255 wire-format octets');
  return Buffer.from([...wire, 0]);
}

function nextNameByte(text: Uint8Array, at: number): { readonly byte: number; readonly length: number } {
  const byte = text[at] ?? 0;
  if (byte !== BACKSLASH) return { byte, length: 1 };
  if (at + 1 >= text.length) throw new WireError('dns: bad rdata');
  const digits = Buffer.from(text.subarray(at + 1, at + 4)).toString('latin1');
  if (/^\d{3}$/.test(digits)) return { byte: Number(digits) & 0xff, length: 4 };
  return { byte: text[at + 1] ?? 0, length: 2 };
}

/** Encodes the OPT record (RFC 6891, section 6.1.2). */
function encodeOpt({ udpSizeBytes, dnssecOk, nsid, clientSubnet }: EdnsRecipe): Buffer {
  const options = Buffer.concat([
    ...(nsid ? [encodeOption(OPTION_NSID, Buffer.alloc(0))] : []),
    ...(clientSubnet === undefined ? [] : [encodeOption(OPTION_CLIENT_SUBNET, encodeSubnet(clientSubnet))]),
  ]);
  const record = Buffer.alloc(11);
  record.writeUInt16BE(TYPE_OPT, 1);
  record.writeUInt16BE(udpSizeBytes, 3);
  record.writeUInt16BE(dnssecOk ? DNSSEC_OK : 0, 7);
  record.writeUInt16BE(options.length, 9);
  return Buffer.concat([record, options]);
}

function encodeOption(code: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** Only the bytes that the prefix reaches into are sent, with the bits after it set to zero (RFC 7871, section 6). */
function encodeSubnet({ family, bytes, prefixBits }: ClientSubnet): Buffer {
  const address = Buffer.from(bytes.subarray(0, Math.ceil(prefixBits / 8)));
  const last = address.length - 1;
  if (prefixBits % 8 !== 0) address[last] = (address[last] ?? 0) & (0xff << (8 - (prefixBits % 8)));
  return Buffer.concat([Buffer.of(0, family === 4 ? 1 : 2, prefixBits, 0), address]);
}
