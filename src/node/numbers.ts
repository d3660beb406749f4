const WHOLE = /^\d+$/;
const SIGNED = /^-?\d+$/;
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A whole number from zero up in decimal digits, to the nearest float beyond 2^53 as upstream has it; NaN for anything else, which a MetricSink leaves out. */
export function parseWhole(text: string): number {
  return WHOLE.test(text) ? Number(text) : NaN;
}

/** A whole number that may be negative, in decimal digits; NaN for anything else. */
export function parseInteger(text: string): number {
  return SIGNED.test(text) ? Number(text) : NaN;
}

/** A decimal number; NaN for anything else. */
export function parseDecimal(text: string): number {
  return FLOAT.test(text) ? Number(text) : NaN;
}
