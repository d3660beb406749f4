import { WireError } from '../../net/dns/dns-format.js';
import { OCTETS_A_PART, type RdataReader } from './dns-wire.js';
import { gateway, ipv4Text, ipv6Text } from './rr-address.js';
import { type Field, nameOrNumber, timeText, typeBitmap } from './rr-fields.js';

/** The names of DNSSEC algorithms in CERT records and the option DAU (RFC 8624 and older ones). */
export const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, 'RSAMD5'],
  [2, 'DH'],
  [3, 'DSA'],
  [5, 'RSASHA1'],
  [6, 'DSA-NSEC3-SHA1'],
  [7, 'RSASHA1-NSEC3-SHA1'],
  [8, 'RSASHA256'],
  [10, 'RSASHA512'],
  [12, 'ECC-GOST'],
  [13, 'ECDSAP256SHA256'],
  [14, 'ECDSAP384SHA384'],
  [15, 'ED25519'],
  [16, 'ED448'],
  [252, 'INDIRECT'],
  [253, 'PRIVATEDNS'],
  [254, 'PRIVATEOID'],
]);

const CERTIFICATE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'PKIX'],
  [2, 'SPKI'],
  [3, 'PGP'],
  [4, 'IPIX'],
  [5, 'ISPKI'],
  [6, 'IPGP'],
  [7, 'ACPKIX'],
  [8, 'IACPKIX'],
  [253, 'URI'],
  [254, 'OID'],
]);

/** A CERT record (RFC 4398). */
export const cert: Field = (rdata) => {
  const kind = nameOrNumber(CERTIFICATE_TYPES, rdata.uint16());
  const tag = rdata.uint16();
  return `${kind} ${tag} ${nameOrNumber(ALGORITHMS, rdata.uint8())} ${rdata.rest().toString('base64')}`;
};

/** An NSEC3 record (RFC 5155). */
export const nsec3: Field = (rdata) => {
  const head = `${rdata.uint8()} ${rdata.uint8()} ${rdata.uint16()}`;
  const salt = rdata.takeInside(rdata.uint8(), 'hex');
  const length = rdata.uint8();
  return `${head} ${saltText(salt)} ${base32hex(rdata.take(length, 'base32'))}${typeBitmap(rdata)}`;
};

/** An NSEC3PARAM record (RFC 5155). */
export const nsec3param: Field = (rdata) => {
  const head = `${rdata.uint8()} ${rdata.uint8()} ${rdata.uint16()}`;
  return `${head} ${saltText(rdata.take(rdata.uint8(), 'hex'))}`;
};

function saltText(salt: Buffer): string {
  return salt.length === 0 ? '-' : salt.toString('hex').toUpperCase();
}

const BASE32_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** Base32 with the extended hex alphabet, without padding (RFC 4648, section 7). */
function base32hex(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32_DIGITS[(held >> (bits - 5)) & 31] ?? '';
  }
  return bits === 0 ? text : text + (BASE32_DIGITS[(held << (5 - bits)) & 31] ?? '');
}

/** A HIP record (RFC 8005). The lengths come first and are not shown. */
export const hip: Field = (rdata) => {
  const hitLength = rdata.uint8();
  const algorithm = rdata.uint8();
  const keyLength = rdata.uint16();
  const hit = rdata.takeInside(hitLength, 'hex').toString('hex');
  let text = `${algorithm} ${hit} ${rdata.take(keyLength, 'base64').toString('base64')}`;
  while (!rdata.atEnd) text += ` ${rdata.name()}`;
  return text;
};

/** An IPSECKEY record (RFC 4025). */
export const ipseckey: Field = (rdata) => {
  const precedence = rdata.uint8();
  const kind = rdata.uint8();
  const algorithm = rdata.uint8();
  const host = gateway(rdata, kind);
  return `${precedence} ${kind} ${algorithm} ${host} ${rdata.rest().toString('base64')}`;
};

/**
 * An AMTRELAY record. Unlike upstream's library, this also reads a relay after the discovery bit (RFC 8777, section
 * 4.2).
 */
export const amtrelay: Field = (rdata) => {
  const precedence = rdata.uint8();
  const kind = rdata.uint8();
  return `${precedence} ${kind >> 7} ${kind & 0x7f} ${gateway(rdata, kind & 0x7f)}`;
};

/** An APL record: address prefixes (RFC 3123). */
export const apl: Field = (rdata) => {
  const prefixes: string[] = [];
  while (!rdata.atEnd) {
    rdata.names.spend(OCTETS_A_PART);
    prefixes.push(addressPrefix(rdata));
  }
  return prefixes.join(' ');
};

function addressPrefix(rdata: RdataReader): string {
  if (rdata.at + 4 > rdata.end) throw new WireError('dns: overflow unpacking APL prefix');
  const family = rdata.uint16();
  const prefix = rdata.uint8();
  const length = rdata.uint8();
  if (family !== 1 && family !== 2) throw new WireError('dns: unrecognized APL address family');
  const size = family === 1 ? 4 : 16;
  if (prefix > size * 8) throw new WireError('dns: APL prefix too long');
  const given = length & 0x7f;
  if (given > size) throw new WireError('dns: APL length too long');
  if (rdata.at + given > rdata.end) throw new WireError('dns: overflow unpacking APL address');
  const address = Buffer.alloc(size);
  rdata.take(given, 'APL address').copy(address);
  if (given > 0 && address[given - 1] === 0) throw new WireError('dns: extra APL address bits');
  const text = family === 1 ? ipv4Text(address) : ipv6Text(address);
  return `${length > 0x7f ? '!' : ''}${family}:${text}/${prefix}`;
}

/** An EUI48 or EUI64 record: pairs of digits with dashes in between (RFC 7043). */
export function eui(octets: 6 | 8): Field {
  return (rdata) => {
    const digits = rdata.atEnd ? '00'.repeat(octets) : rdata.take(octets, 'eui').toString('hex');
    return digits.replace(/..(?=.)/g, '$&-');
  };
}

/** A locator of 64 bits: four groups of four digits with colons in between (RFC 6742). */
export function locator64(rdata: RdataReader): string {
  const digits = rdata.atEnd ? '0'.repeat(16) : rdata.take(8, 'uint64').toString('hex');
  return digits.replace(/....(?=.)/g, '$&:');
}

/** An L32 record (RFC 6742). Without the locator, the blank before it is left out too. */
export const l32: Field = (rdata) => {
  const preference = rdata.uint16();
  return rdata.atEnd ? String(preference) : `${preference} ${ipv4Text(rdata.take(4, 'a'))}`;
};

/** A TKEY record (RFC 2930). */
export const tkey: Field = (rdata) => {
  const head = `${rdata.name()} ${timeText(rdata.uint32())} ${timeText(rdata.uint32())}`;
  const modes = `${rdata.uint16()} ${rdata.uint16()}`;
  const size = rdata.uint16();
  return ` ${head} ${modes} ${size} ${rdata.takeInside(size, 'hex').toString('hex')} ${sizedHex(rdata)}`;
};

/** A TSIG record (RFC 8945). */
export const tsig: Field = (rdata) => {
  const head = `${rdata.name()} ${timeText(rdata.uint48())} ${rdata.uint16()}`;
  const size = rdata.uint16();
  const mac = rdata.takeInside(size, 'hex').toString('hex').toUpperCase();
  return ` ${head} ${size} ${mac} ${rdata.uint16()} ${rdata.uint16()} ${sizedHex(rdata)}`;
};

function sizedHex(rdata: RdataReader): string {
  const size = rdata.uint16();
  return `${size} ${rdata.take(size, 'hex').toString('hex')}`;
}
