/** 10^0 to 10^22: the powers of ten that a float holds exactly. */
const POWERS = Array.from({ length: 23 }, (_unused, exponent) => Number(`1e${exponent}`));
/** Numbers with up to this many digits always fit into 53 bits. */
const EXACT_DIGITS = 15;

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NOT_A_NUMBER = /^nan$/i;

/**
 * Parses a float of the text format, with the rules of Go's `strconv.ParseFloat` but without hexadecimal digits and
 * underscores (exposition format 0.0.4, "Comments, help text, and type information"). Returns undefined for any other
 * text.
 */
export function parseFloatText(text: string): number | undefined {
  const digits = plainDigits(text);
  if (digits !== undefined) return digits;
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(text) ? NaN : undefined;
}

/** The value of a few digits, which most numbers are; undefined for all other texts. */
function plainDigits(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > EXACT_DIGITS) return undefined;
  let value = 0;
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * The fast path of `parseFloatText` for plain decimals of up to fifteen digits, read from their bytes. Both the digits
 * and the power of ten are exact floats then, so one division rounds correctly. Undefined means that `parseFloatText`
 * has to decide.
 */
export function parsePlainDecimal(bytes: Uint8Array, start: number, end: number): number | undefined {
  const first = bytes[start];
  const isNegative = first === 0x2d;
  const digitsFrom = isNegative ? start + 1 : start;
  if (end - digitsFrom > EXACT_DIGITS + 1 || end === digitsFrom) return undefined;
  let mantissa = 0;
  let pointAt = -1;
  for (let at = digitsFrom; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
    else if (digit === -2 && pointAt === -1) pointAt = at;
    else return undefined;
  }
  const hasPoint = pointAt !== -1;
  if (end - digitsFrom - (hasPoint ? 1 : 0) > EXACT_DIGITS || (hasPoint && end - digitsFrom === 1)) return undefined;
  const magnitude = hasPoint ? mantissa / (POWERS[end - pointAt - 1] ?? NaN) : mantissa;
  return isNegative ? -magnitude : magnitude;
}
