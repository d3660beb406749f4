import { TYPE_OPT, WireError } from '../../net/dns/dns-format.js';
import { recordClassName, typeName } from './dns-codes.js';
import { type RdataReader } from './dns-wire.js';
import { ipv4, ipv6 } from './rr-address.js';
import {
  bare,
  base64,
  type Field,
  lowerHex,
  name,
  octets,
  quoted,
  rawText,
  row,
  texts,
  time,
  type,
  typeBitmap,
  uint8,
  uint16,
  uint32,
  upperHex,
} from './rr-fields.js';
import { loc } from './rr-loc.js';
import { optText } from './rr-opt.js';
import {
  amtrelay,
  apl,
  cert,
  eui,
  hip,
  ipseckey,
  l32,
  locator64,
  nsec3,
  nsec3param,
  tkey,
  tsig,
} from './rr-special.js';
import { svcb } from './rr-svcb.js';

/** The fields of a record before its data. */
export interface RrHeader {
  /** The owner in presentation form, as received. */
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
}

const signature = row(type, uint8, uint8, uint32, time, time, uint16, name, base64);
const key = row(uint16, uint8, uint8, base64);
const digest = row(uint16, uint8, uint8, upperHex);
const association = row(uint8, uint8, uint8, lowerHex);
const preferredName = row(uint16, name);
const twoNames = row(name, name);
const noData: Field = () => '';
const nsec: Field = (rdata) => name(rdata) + typeBitmap(rdata);

/** How the data of each type is written. Types that are not listed are written in the generic form of RFC 3597. */
const RDATA = new Map<number, Field>([
  [1, ipv4],
  [2, name],
  [3, name],
  [4, name],
  [5, name],
  [6, row(name, name, uint32, uint32, uint32, uint32, uint32)],
  [7, name],
  [8, name],
  [9, name],
  [10, (rdata) => rawText(rdata.rest())],
  [12, name],
  [13, row(quoted, quoted)],
  [14, twoNames],
  [15, preferredName],
  [16, texts],
  [17, twoNames],
  [18, preferredName],
  [19, bare],
  [20, row(quoted, quoted)],
  [21, preferredName],
  [23, name],
  [24, signature],
  [25, key],
  [26, row(uint16, name, name)],
  [27, row(bare, bare, bare)],
  [28, ipv6],
  [29, loc],
  [30, nsec],
  [31, upperHex],
  [32, upperHex],
  [33, row(uint16, uint16, uint16, name)],
  [35, row(uint16, uint16, quoted, quoted, quoted, name)],
  [36, preferredName],
  [37, cert],
  [39, name],
  [42, apl],
  [43, digest],
  [44, row(uint8, uint8, upperHex)],
  [45, ipseckey],
  [46, signature],
  [47, nsec],
  [48, key],
  [49, base64],
  [50, nsec3],
  [51, nsec3param],
  [52, association],
  [53, association],
  [55, hip],
  [56, texts],
  [57, key],
  [58, twoNames],
  [59, digest],
  [60, key],
  [61, base64],
  [62, (rdata) => `${rdata.uint32()} ${rdata.uint16()}${typeBitmap(rdata)}`],
  [63, row(uint32, uint8, uint8, lowerHex)],
  [64, svcb],
  [65, svcb],
  [99, texts],
  [100, quoted],
  [101, uint32],
  [102, uint32],
  [104, row(uint16, locator64)],
  [105, l32],
  [106, (rdata) => `${rdata.uint16()} ${locator64(rdata).toUpperCase()}`],
  [107, preferredName],
  [108, eui(6)],
  [109, eui(8)],
  [128, noData],
  [249, tkey],
  [250, tsig],
  [255, noData],
  [256, row(uint16, uint16, octets)],
  [257, row(uint8, bare, octets)],
  [258, texts],
  [260, amtrelay],
  [261, texts],
  [32768, digest],
  [32769, digest],
]);

/** Prefixes that miekg/dns prints before records of a few types, which cannot occur in a zone file. */
const BEFORE = new Map([
  [10, ';'],
  [249, ';'],
  [250, '\n;; TSIG PSEUDOSECTION:\n; '],
]);

/**
 * Writes a record as miekg/dns prints it, which is what the patterns of modules are matched with. `rdata` is read to
 * its end. Throws WireError for data that does not fit the type.
 */
export function rrText(header: RrHeader, rdata: RdataReader): string {
  if (header.type === TYPE_OPT) return optText({ udpSize: header.class, ttl: header.ttl }, rdata);
  const field = RDATA.get(header.type);
  if (field === undefined) return genericText(header, rdata);
  const { owner, ttl } = header;
  const head = `${owner}\t${ttl}\t${recordClassName(header.class)}\t${typeName(header.type)}\t`;
  const text = (BEFORE.get(header.type) ?? '') + head + field(rdata);
  if (!rdata.atEnd) throw new WireError('dns: bad rdlength');
  return text;
}

/** The generic form of an unknown type (RFC 3597, section 5). */
function genericText({ owner, ttl, class: number, type: unknown }: RrHeader, rdata: RdataReader): string {
  const data = rdata.rest();
  return `${owner}\t${ttl}\tCLASS${number}\tTYPE${unknown}\t\\# ${data.length} ${data.toString('hex')}`;
}
