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

/** How many values a JSON text has, or why it is not read; whether or not it is well-formed. */
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

/** Returns the index of the quote that ends a text, or of the end of the input. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}
