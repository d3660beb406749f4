/** Values of a JSON text at most: its texts, numbers, words, lists and objects. Each takes many times its characters once it is read. */
export const MOST_JSON_VALUES = 1_000_000;
/** Lists and objects within each other at most, as in Go's encoding/json. */
export const DEEPEST_JSON = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** Why a JSON text is not read, whether or not it is well-formed; undefined if it may be. Takes one step a character. */
export function jsonExcess(text: string): string | undefined {
  // A text that is too short for too many values has no more levels than characters, either.
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

/** The quote that ends a text, or the end of everything. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}
