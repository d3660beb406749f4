import { WireError } from '../../net/dns/dns-format.js';
import { OPTION_NSID } from '../../net/dns/dns-query.js';
import { NameReader, OCTETS_A_PART, type RdataReader } from './dns-wire.js';
import { netIpText } from './rr-address.js';
import { nameOrNumber, rawText } from './rr-fields.js';
import { ALGORITHMS } from './rr-special.js';

/**
 * The header of an OPT record, whose fields have other meanings than those of other records (RFC 6891, section 6.1.3).
 */
export interface OptHeader {
  /** The payload size, from the field of the class. */
  readonly udpSize: number;
  /** The field of the TTL: extended rcode, version, flags. */
  readonly ttl: number;
}

const DNSSEC_OK = 0x8000;
const COMPACT_OK = 0x4000;
const MUST_BE_ZERO = 0x3fff;

/** Writes an OPT record, which has no owner, class or TTL to show. Throws WireError. */
export function optText({ udpSize, ttl }: OptHeader, rdata: RdataReader): string {
  const flags = `${(ttl & DNSSEC_OK) === 0 ? '' : ' do'}${(ttl & COMPACT_OK) === 0 ? '' : ' co'}`;
  const rest = ttl & MUST_BE_ZERO;
  const unknown = rest === 0 ? '' : `MBZ: 0x${rest.toString(16).padStart(4, '0')}, `;
  let text = `\n;; OPT PSEUDOSECTION:\n; EDNS: version ${(ttl >>> 16) & 0xff}; flags:${flags}; ${unknown}udp: ${udpSize}`;
  for (const { code, data } of readOptions(rdata)) {
    rdata.names.spend(OCTETS_A_PART);
    text += `\n; ${optionText(code, data)}`;
  }
  return text;
}

/** An option of an OPT record. */
export interface EdnsOption {
  readonly code: number;
  readonly data: Buffer;
}

/** Reads the options of an OPT record. Throws WireError. */
export function* readOptions(rdata: RdataReader): Generator<EdnsOption> {
  while (!rdata.atEnd) {
    if (rdata.at + 4 > rdata.end) throw new WireError('dns: overflow unpacking opt');
    const code = rdata.uint16();
    const length = rdata.uint16();
    if (rdata.at + length > rdata.end) throw new WireError('dns: overflow unpacking opt');
    yield { code, data: rdata.take(length, 'opt') };
  }
}

type OptionText = (data: Buffer) => string;

const hex: OptionText = (data) => data.toString('hex');

const OPTIONS: ReadonlyMap<number, readonly [title: string, text: OptionText]> = new Map<number, [string, OptionText]>([
  [1, ['LONG LIVED QUERIES', longLivedText]],
  [2, ['UPDATE LEASE', leaseText]],
  [
    OPTION_NSID,
    ['NSID', (data) => `${hex(data)}  ${[...data].map((byte) => `(${String.fromCharCode(byte)})`).join('')}`],
  ],
  [4, ['ESU', rawText]],
  [5, ['DNSSEC ALGORITHM UNDERSTOOD', (data) => understood(data, ALGORITHMS)]],
  [6, ['DS HASH UNDERSTOOD', (data) => understood(data, HASHES)]],
  [7, ['NSEC3 HASH UNDERSTOOD', (data) => understood(data, HASHES)]],
  [8, ['SUBNET', subnetText]],
  [9, ['EXPIRE', (data) => (data.length === 0 ? '' : String(atLeast(data, 4).readUInt32BE(0)))]],
  [10, ['COOKIE', hex]],
  [11, ['KEEPALIVE', keepaliveText]],
  [12, ['PADDING', hex]],
  [15, ['EDE', errorText]],
  [18, ['REPORT-CHANNEL', channelText]],
  [19, ['ZONEVERSION', (data) => rawText(atLeast(data, 2).subarray(2))]],
]);

function optionText(code: number, data: Buffer): string {
  const known = OPTIONS.get(code);
  if (known === undefined) return `LOCAL OPT: ${code}:0x${hex(data)}`;
  return `${known[0]}: ${known[1](data)}`;
}

function atLeast(data: Buffer, length: number): Buffer {
  if (data.length < length) throw new WireError('dns: buffer size too small');
  return data;
}

const HASHES: ReadonlyMap<number, string> = new Map([
  [1, 'SHA1'],
  [2, 'SHA256'],
  [3, 'GOST94'],
  [4, 'SHA384'],
  [5, 'SHA512'],
]);

function understood(data: Buffer, names: ReadonlyMap<number, string>): string {
  return [...data].map((number) => ` ${nameOrNumber(names, number)}`).join('');
}

function longLivedText(data: Buffer): string {
  const bytes = atLeast(data, 18);
  const head = `${bytes.readUInt16BE(0)} ${bytes.readUInt16BE(2)} ${bytes.readUInt16BE(4)}`;
  return `${head} ${bytes.readBigUInt64BE(6)} ${bytes.readUInt32BE(14)}`;
}

function leaseText(data: Buffer): string {
  if (data.length !== 4 && data.length !== 8) throw new WireError('dns: buffer size too small');
  return `${data.readUInt32BE(0)} ${data.length === 8 ? data.readUInt32BE(4) : 0}`;
}

/** The option client subnet (RFC 7871). */
function subnetText(data: Buffer): string {
  const family = atLeast(data, 4).readUInt16BE(0);
  const netmask = data[2] ?? 0;
  const scope = data[3] ?? 0;
  if (family > 2) throw new WireError('dns: bad address family');
  const size = family === 2 ? 16 : 4;
  if (family === 0 && netmask !== 0) throw new WireError('dns: bad address family');
  if (netmask > size * 8 || scope > size * 8) throw new WireError('dns: bad netmask');
  const address = Buffer.alloc(size);
  data.copy(address, 0, 4);
  const text = netIpText(address);
  return `${text.includes(':') ? `[${text}]` : text}/${netmask}/${scope}`;
}

/** The option TCP keepalive (RFC 7828), in tenths of a second. */
function keepaliveText(data: Buffer): string {
  if (data.length === 0) return 'use tcp keep-alive, timeout omitted';
  if (data.length !== 2) throw new WireError(`dns: length mismatch, want 0/2 but got ${data.length}`);
  return `use tcp keep-alive, timeout ${data.readUInt16BE(0) * 100}ms`;
}

function channelText(data: Buffer): string {
  return new NameReader(data).read(0, data.length);
}

/** The option extended error (RFC 8914). */
function errorText(data: Buffer): string {
  const code = atLeast(data, 2).readUInt16BE(0);
  const purpose = EXTENDED_ERRORS[code];
  return `${code}${purpose === undefined ? '' : ` (${purpose})`}: (${rawText(data.subarray(2))})`;
}

const EXTENDED_ERRORS: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired Before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable To Conform To Policy',
  'Synthesized',
  'Invalid Query Type',
];
