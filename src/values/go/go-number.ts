import { goQuote } from './go-quote.js';

const DECIMAL = /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]_?([\da-fA-F_]*)(?:\.([\da-fA-F_]*))?[pP]([+-]?\d+)$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * Parses a float as Go's `strconv.ParseFloat(text, 64)` does, which also takes `0x1p4`, `inf`, `NaN` and `1_0`. Throws
 * an Error with Go's text, such as `strconv.ParseFloat: parsing "abc": invalid syntax`.
 */
export function parseGoFloat(text: string): number {
  if (/^[+-]?nan$/i.test(text) && !/^[+-]/.test(text)) return NaN;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  const value = DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : parseHexadecimal(text);
  if (value === undefined) throw new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`);
  if (!Number.isFinite(value)) throw new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: value out of range`);
  return value;
}

function parseHexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replaceAll('_', '');
  if (digits === '') return undefined;
  const fractionDigits = fraction.replaceAll('_', '').length;
  const magnitude = Number(`0x${digits}`) * 2 ** (Number(exponent) - 4 * fractionDigits);
  return sign === '-' ? -magnitude : magnitude;
}

const UNSIGNED = /^(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?\d)*)$/;
const LARGEST_UINT64 = 2n ** 64n - 1n;

/**
 * Parses a whole number as Go's `strconv.ParseUint(text, 0, 64)` does, which also takes `0x10`, `010` (8) and `1_000`.
 * Results beyond 2^53 are rounded. Throws an Error with Go's text.
 */
export function parseGoUint(text: string): number {
  if (!UNSIGNED.test(text)) throw new Error(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  const plain = text.replaceAll('_', '');
  const value = BigInt(/^0\d/.test(plain) ? `0o${plain.slice(1)}` : plain);
  if (value > LARGEST_UINT64) throw new Error(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return Number(value);
}
