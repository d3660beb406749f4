import { writable } from '../../values/byte-string.js';
import { STATIC_TABLE } from './static-table.js';

/** A field of a header; the name in lower case. */
export type Field = readonly [name: string, value: string];

/** Fields that no proxy may remember (RFC 7541 §7.1.3). */
const SENSITIVE: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Key: a name. Value: the index of the first field of that name, which stands for the name. */
const NAME_INDEX = new Map<string, number>();
/** Key: name and value with a NUL between. Value: the index of the whole field. */
const FIELD_INDEX = new Map<string, number>();
for (const [index, [name, value]] of STATIC_TABLE.entries()) {
  if (!NAME_INDEX.has(name)) NAME_INDEX.set(name, index + 1);
  if (value !== '') FIELD_INDEX.set(`${name}\0${value}`, index + 1);
}

const INDEXED = 0x80;
const LITERAL = 0x00;
const NEVER_INDEXED = 0x10;
/** An integer below 2²⁸ takes no more, its first octet included. */
const LONGEST_INTEGER_BYTES = 5;

/**
 * A header block for a connection's only request (RFC 7541 §6): the static table and literals. There is no second block
 * that a dynamic table could shorten, and Huffman coding costs more time than the few octets that it saves.
 */
export function encodeFields(fields: readonly Field[]): Buffer {
  let room = 0;
  for (const [name, value] of fields) {
    room += Buffer.byteLength(name) + Buffer.byteLength(value) + 3 * LONGEST_INTEGER_BYTES;
  }
  const block = Buffer.allocUnsafe(room);
  let at = 0;
  for (const field of fields) at = writeField(block, at, field);
  return block.subarray(0, at);
}

function writeField(block: Buffer, start: number, [name, value]: Field): number {
  const whole = FIELD_INDEX.get(`${name}\0${value}`);
  if (whole !== undefined) return writeInteger(block, start, { bits: INDEXED, prefixBits: 7, value: whole });
  const bits = SENSITIVE.has(name) ? NEVER_INDEXED : LITERAL;
  const index = NAME_INDEX.get(name) ?? 0;
  let at = writeInteger(block, start, { bits, prefixBits: 4, value: index });
  if (index === 0) at = writeString(block, at, name);
  return writeString(block, at, value);
}

interface PrefixedInteger {
  /** The bits of the first octet above its prefix. */
  readonly bits: number;
  readonly prefixBits: number;
  readonly value: number;
}

function writeInteger(block: Buffer, start: number, { bits, prefixBits, value }: PrefixedInteger): number {
  const most = (1 << prefixBits) - 1;
  let at = start;
  if (value < most) {
    block[at++] = bits | value;
    return at;
  }
  block[at++] = bits | most;
  let rest = value - most;
  for (; rest >= 0x80; rest >>>= 7) block[at++] = 0x80 | (rest & 0x7f);
  block[at++] = rest;
  return at;
}

function writeString(block: Buffer, start: number, text: string): number {
  const written = writable(text);
  const length = Buffer.byteLength(written);
  const at = writeInteger(block, start, { bits: 0, prefixBits: 7, value: length });
  if (typeof written === 'string') return at + block.write(written, at);
  block.set(written, at);
  return at + length;
}
