const WHOLE = /^\d+$/;
const SIGNED = /^-?\d+$/;
const HEX = /^[\da-f]+$/i;
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The largest counter of the kernel has 64 bits. */
const LARGEST = 2 ** 64;

/**
 * Parses a whole number from zero up in decimal digits. Beyond 2^53 it is rounded, as in upstream. Returns NaN for
 * anything else, which a MetricSink leaves out.
 */
export function parseWhole(text: string): number {
  return WHOLE.test(text) ? ofKernel(Number(text)) : NaN;
}

/** Parses a whole number that may be negative, in decimal digits. Returns NaN for anything else. */
export function parseInteger(text: string): number {
  return SIGNED.test(text) ? ofKernel(Number(text)) : NaN;
}

/** Parses a whole number in hexadecimal digits. Returns NaN for anything else. */
export function parseHex(text: string): number {
  return HEX.test(text) ? ofKernel(Number.parseInt(text, 16)) : NaN;
}

/** Parses a decimal number. Returns NaN for anything else. */
export function parseDecimal(text: string): number {
  return FLOAT.test(text) ? Number(text) : NaN;
}

function ofKernel(value: number): number {
  return Math.abs(value) <= LARGEST ? value : NaN;
}
