import { WireError } from '../../net/dns/dns-format.js';
import { typeName } from './dns-codes.js';
import { escapeByte, escapeBytes, escapeInto, LONGEST_ESCAPE, TEXT_ESCAPES } from './dns-escape.js';
import { type NameReader, type RdataReader } from './dns-wire.js';

/** Reads one field of a record's data and writes it as miekg/dns does. May throw WireError. */
export type Field = (rdata: RdataReader) => string;

/** A number of 8 bits. */
export const uint8: Field = (rdata) => String(rdata.uint8());
/** A number of 16 bits. */
export const uint16: Field = (rdata) => String(rdata.uint16());
/** A number of 32 bits. */
export const uint32: Field = (rdata) => String(rdata.uint32());
/** A domain name. */
export const name: Field = (rdata) => rdata.name();
/** The name of a record type. */
export const type: Field = (rdata) => typeName(rdata.uint16());

/** A character string with escapes, without quotes. */
export const bare: Field = (rdata) => escapeBytes(rdata.characterString(), TEXT_ESCAPES);

/** A character string with escapes, in quotes. */
export const quoted: Field = (rdata) => `"${bare(rdata)}"`;

const QUOTE = 0x22;
const BLANK = 0x20;

/**
 * Every character string up to the end. There may be 65,000 of them, so none is an object of its own; its length makes
 * room for quotes and blank.
 */
export const texts: Field = (rdata) => {
  const { bytes } = rdata;
  const target = Buffer.allocUnsafe((rdata.end - rdata.at) * LONGEST_ESCAPE);
  let end = 0;
  while (!rdata.atEnd) {
    if (end > 0) target[end++] = BLANK;
    target[end++] = QUOTE;
    const length = rdata.passString();
    if (length > 0)
      end = escapeInto(target, end, { bytes, from: rdata.at - length, to: rdata.at, escapes: TEXT_ESCAPES });
    target[end++] = QUOTE;
  }
  return target.toString('latin1', 0, end);
};

/** All bytes up to the end in base64. */
export const base64: Field = (rdata) => rdata.rest().toString('base64');
/** All bytes up to the end in lower-case hexadecimal. */
export const lowerHex: Field = (rdata) => rdata.rest().toString('hex');
/** All bytes up to the end in upper-case hexadecimal. */
export const upperHex: Field = (rdata) => rdata.rest().toString('hex').toUpperCase();

/** Writes several fields with a blank between each two. */
export function row(...fields: readonly Field[]): Field {
  return (rdata) => {
    let text = '';
    for (let index = 0; index < fields.length; index++) {
      if (index > 0) text += ' ';
      text += fields[index]?.(rdata) ?? '';
    }
    return text;
  };
}

/** The Gregorian calendar repeats after 400 years. */
const CYCLE_SECONDS = 146_097 * 86_400;

/**
 * Writes seconds since 1970 as `YYYYMMDDHHmmSS` in UTC (RFC 4034, section 3.2). TSIG has 48 bits for them, which is
 * more than a Date can hold.
 */
export function timeText(seconds: number): string {
  const cycles = Math.floor(seconds / CYCLE_SECONDS);
  const text = new Date((seconds - cycles * CYCLE_SECONDS) * 1000).toISOString();
  return `${Number(text.slice(0, 4)) + 400 * cycles}${text.slice(5, 19).replace(/\D/g, '')}`;
}

/** A time of 32 bits. */
export const time: Field = (rdata) => timeText(rdata.uint32());

const MOST_WINDOW_OCTETS = 32;

/** The type bitmap of NSEC and similar records (RFC 4034, section 4.1.2). Each name follows a blank. */
export const typeBitmap: Field = (rdata) => {
  let text = '';
  let lastWindow = -1;
  while (!rdata.atEnd) {
    if (rdata.at + 2 > rdata.end) throw new WireError('dns: overflow unpacking NSEC(3)');
    const window = rdata.uint8();
    const length = rdata.uint8();
    if (window <= lastWindow) throw new WireError('dns: out of order NSEC(3) block in type bitmap');
    if (length === 0) throw new WireError('dns: empty NSEC(3) block in type bitmap');
    if (length > MOST_WINDOW_OCTETS) throw new WireError('dns: NSEC(3) block too long in type bitmap');
    if (rdata.at + length > rdata.end) throw new WireError('dns: overflowing NSEC(3) block in type bitmap');
    text += windowText(window, rdata.take(length, 'NSEC(3)'), rdata.names);
    lastWindow = window;
  }
  return text;
};

/**
 * The octets that each type of a bitmap charges to the budget. A real name has a few dozen types, and one bit for
 * `TYPE65280` becomes nine characters.
 */
const OCTETS_A_TYPE = 64;

function windowText(window: number, bitmap: Buffer, names: NameReader): string {
  let text = '';
  for (let bit = 0; bit < bitmap.length * 8; bit++) {
    if (((bitmap[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) === 0) continue;
    names.spend(OCTETS_A_TYPE);
    text += ` ${typeName(window * 256 + bit)}`;
  }
  return text;
}

/**
 * The value of CAA and URI. miekg/dns stores the bytes unchanged and resolves escapes in them when it prints, so that
 * `\065` on the wire gives `A` and a backslash at the end disappears. Patterns are written against that output.
 */
export const octets: Field = (rdata) => {
  const bytes = rdata.rest();
  let text = '"';
  for (let at = 0; at < bytes.length;) {
    const [part, length] = nextOctet(bytes, at);
    text += part;
    at += length;
  }
  return `${text}"`;
};

const BACKSLASH = 0x5c;
const DOT = 0x2e;

function nextOctet(bytes: Buffer, at: number): [text: string, length: number] {
  const byte = bytes[at] ?? 0;
  if (byte !== BACKSLASH) return [escapeByte(byte, TEXT_ESCAPES), 1];
  const left = bytes.length - at;
  if (left === 1) return ['', 1];
  if (bytes[at + 1] === DOT) return ['\\.', 2];
  const digits = left >= 4 ? bytes.toString('latin1', at + 1, at + 4) : '';
  if (/^\d{3}$/.test(digits)) return [escapeByte(Number(digits) & 0xff, TEXT_ESCAPES), 4];
  return [escapeByte(bytes[at + 1] ?? 0, TEXT_ESCAPES), 2];
}

/** Returns the name for `value`, or its number. */
export function nameOrNumber(names: ReadonlyMap<number, string>, value: number): string {
  return names.get(value) ?? String(value);
}

/** Decodes bytes as text without any escapes, as miekg/dns does in a few places. */
export function rawText(bytes: Buffer): string {
  return bytes.toString('utf8');
}
