const WHOLE = /^\d+$/;
const SIGNED = /^-?\d+$/;
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A whole number from zero up in decimal digits, to the nearest float beyond 2^53 as upstream has it; throws an Error for anything else. */
export function parseWhole(text: string): number {
  if (WHOLE.test(text)) return Number(text);
  throw new Error(`"${text}" is no whole number`);
}

/** A whole number that may be negative, in decimal digits; throws an Error for anything else. */
export function parseInteger(text: string): number {
  if (SIGNED.test(text)) return Number(text);
  throw new Error(`"${text}" is no whole number`);
}

/** A decimal number; throws an Error for anything else. */
export function parseDecimal(text: string): number {
  if (FLOAT.test(text)) return Number(text);
  throw new Error(`"${text}" is no number`);
}
