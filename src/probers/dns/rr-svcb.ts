import { WireError } from '../../net/dns/dns-format.js';
import { decimalEscape, escapeByte, escapeBytes, PARAMETER_ESCAPES } from './dns-escape.js';
import { OCTETS_A_PART } from './dns-wire.js';
import { ipv4Text, ipv6Text, isMapped } from './rr-address.js';
import type { Field } from './rr-fields.js';

const RESERVED_KEY = 65535;

interface Parameter {
  readonly name: string;
  /** Writes the value of the parameter without quotes. Throws WireError. */
  readonly text: (value: Buffer) => string;
}

const escaped = (value: Buffer): string => escapeBytes(value, PARAMETER_ESCAPES);

/** The service parameters of RFC 9460 and two newer ones. Others are written as `keyN` with escaped bytes. */
const PARAMETERS: ReadonlyMap<number, Parameter> = new Map([
  [0, { name: 'mandatory', text: mandatoryText }],
  [1, { name: 'alpn', text: alpnText }],
  [2, { name: 'no-default-alpn', text: nothing('bad svcbnodefaultalpn: no-default-alpn must have no value') }],
  [3, { name: 'port', text: portText }],
  [4, { name: 'ipv4hint', text: ipv4Hints }],
  [5, { name: 'ech', text: (value) => value.toString('base64') }],
  [6, { name: 'ipv6hint', text: ipv6Hints }],
  [7, { name: 'dohpath', text: escaped }],
  [8, { name: 'ohttp', text: nothing('bad svcbohttp: ohttp must have no value') }],
]);

/** An SVCB or HTTPS record (RFC 9460): priority, target, and parameters with strictly increasing keys. */
export const svcb: Field = (rdata) => {
  let text = `${rdata.uint16()} ${rdata.name()}`;
  let lastKey = -1;
  while (!rdata.atEnd) {
    if (rdata.at + 4 > rdata.end) throw new WireError('dns: overflow unpacking SVCB');
    rdata.names.spend(OCTETS_A_PART);
    const key = rdata.uint16();
    const length = rdata.uint16();
    if (rdata.at + length > rdata.end) throw new WireError('dns: overflow unpacking SVCB');
    if (key === RESERVED_KEY) throw new WireError('dns: bad SVCB key');
    if (key <= lastKey) throw new WireError('dns: SVCB keys not in strictly increasing order');
    lastKey = key;
    text += ` ${keyName(key)}="${(PARAMETERS.get(key)?.text ?? escaped)(rdata.take(length, 'SVCB'))}"`;
  }
  return text;
};

function keyName(key: number): string {
  if (key === RESERVED_KEY) return '';
  return PARAMETERS.get(key)?.name ?? `key${key}`;
}

function nothing(problem: string): Parameter['text'] {
  return (value) => {
    if (value.length > 0) throw new WireError(problem);
    return '';
  };
}

function mandatoryText(value: Buffer): string {
  return chunks(value, 2, 'bad svcbmandatory: value length is not a multiple of 2')
    .map((key) => keyName(key.readUInt16BE(0)))
    .join(',');
}

/** Commas and backslashes are escaped twice: once for the list, once for the value. */
function alpnText(value: Buffer): string {
  const protocols: string[] = [];
  for (let at = 0; at < value.length;) {
    const length = value[at++] ?? 0;
    if (at + length > value.length) throw new WireError('bad svcbalpn: alpn array overflowing');
    let text = '';
    for (const byte of value.subarray(at, at + length)) {
      text += byte === 0x2c || byte === 0x5c ? `\\\\${decimalEscape(byte)}` : escapeByte(byte, PARAMETER_ESCAPES);
    }
    protocols.push(text);
    at += length;
  }
  return protocols.join(',');
}

function portText(value: Buffer): string {
  if (value.length !== 2) throw new WireError('bad svcbport: port length is not exactly 2 octets');
  return String(value.readUInt16BE(0));
}

function ipv4Hints(value: Buffer): string {
  const problem = 'bad svcbipv4hint: ipv4 address byte array length is not a multiple of 4';
  if (value.length === 0) throw new WireError(problem);
  return chunks(value, 4, problem).map(ipv4Text).join(',');
}

function ipv6Hints(value: Buffer): string {
  const problem = 'bad svcbipv6hint: ipv6 address byte array length not a multiple of 16';
  if (value.length === 0) throw new WireError(problem);
  const addresses = chunks(value, 16, problem);
  if (addresses.some(isMapped)) throw new WireError('bad svcbipv6hint: expected ipv6, got ipv4');
  return addresses.map(ipv6Text).join(',');
}

function chunks(value: Buffer, size: number, problem: string): readonly Buffer[] {
  if (value.length % size !== 0) throw new WireError(problem);
  return Array.from({ length: value.length / size }, (_, index) => value.subarray(index * size, (index + 1) * size));
}
