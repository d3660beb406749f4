/**
 * The largest number of values in a JSON text: texts, numbers, words, lists and objects. Parsed, each takes many times
 * the memory of its characters.
 */
export const MOST_JSON_VALUES = 1_000_000;
/** The deepest nesting of lists and objects, as in Go's encoding/json. */
export const DEEPEST_JSON = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * Returns why a JSON text exceeds the limits, or undefined if it does not; the text need not be well-formed. Takes one
 * step for each character.
 */
export function jsonExcess(text: string): string | undefined {
  // A text shorter than the nesting limit cannot exceed any limit.
  if (text.length < DEEPEST_JSON) return undefined;
  const size = jsonSize(text);
  return typeof size === 'string' ? size : undefined;
}

/** The number of values in a JSON text, or why it is not read. The text need not be well-formed. */
export function jsonSize(text: string): number | string {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at + 1);
    else if (unit === COMMA) values++;
    else if (OPEN.has(unit)) {
      values++;
      if (++depth > DEEPEST_JSON) return `more than ${DEEPEST_JSON} levels`;
    } else if (CLOSE.has(unit)) depth--;
    if (values > MOST_JSON_VALUES) return `more than ${MOST_JSON_VALUES} values`;
  }
  return values;
}

/** Matches numbers that may be too large: with an exponent of three digits, or 309 digits before the point. */
const MAY_BE_TOO_LARGE = /[0-9][eE]\+?0*[1-9][0-9]{2}|(?<![0-9])[0-9]{309}/;

/**
 * Whether a number of a JSON text is beyond a double (1e400): JSON.parse makes infinity of it, which no JSON text can
 * say, and Go refuses it. `value` is what the text was parsed to.
 */
export function hasTooLargeNumber(text: string, value: unknown): boolean {
  if (!MAY_BE_TOO_LARGE.test(text)) return false;
  const open = [value];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at === 'number' && !Number.isFinite(at)) return true;
    if (typeof at === 'object' && at !== null) for (const one of Object.values(at)) open.push(one);
  }
  return false;
}

/** Returns the index of the quote that ends a text, or of the end of the input. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}
