import { BAD_REQUEST, badRequest, type Refusal, UNKNOWN_EXPECTATION, UNSUPPORTED_ENCODING } from './refusal.js';

/** A line of a head behind the first one. */
export type Field = readonly [name: string, value: string];

/** How the body of a request is delimited: by its length in bytes, or by its last chunk. */
export type Framing = number | 'chunked';

/** The most fields of a head. Node's parser drops what is beyond its own limit in silence. */
export const MOST_FIELDS = 1000;

/** Names with blanks are refused later, as upstream does, in other words. */
const NAME = /^[\w!#$%&'*+.^`|~ -]+$/;

const UNFIT_FOR_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;
const HOST = /^[\w!$%&'()*+,.:;=[\]~-]*$/;
/** Up to a petabyte. */
const LENGTH = /^\d{1,15}$/;

/** The fields of a head's lines, folded ones put together (RFC 9112, 5.2); undefined if one is malformed. */
export function readFields(lines: readonly string[]): readonly Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < lines.length;) {
    const parts = [lines[at++] ?? ''];
    while (at < lines.length && /^[ \t]/.test(lines[at] ?? '')) parts.push(lines[at++] ?? '');
    const line = parts.length === 1 ? (parts[0] ?? '') : parts.map(trimBlanks).join(' ');
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, Math.max(colon, 0)), trimBlanks(line.slice(colon + 1))];
    if (!NAME.test(name) || name.startsWith(' ') || UNFIT_FOR_VALUE.test(value)) return undefined;
    fields.push([name, value]);
  }
  return fields;
}

/** Removes blanks and tabs at the ends. Other white space is part of a value, or wrong. */
function trimBlanks(text: string): string {
  let [begin, end] = [0, text.length];
  while (begin < end && isBlank(text[begin])) begin += 1;
  while (end > begin && isBlank(text[end - 1])) end -= 1;
  return text.slice(begin, end);
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/** Returns all values of a header field, in their order. `name` is in lower case. */
export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/**
 * Reads how the body is delimited. Ambiguous fields are refused: two lengths, a length beside chunks, chunks in
 * HTTP/1.0, and codings other than `chunked` alone. The same length twice is not ambiguous (RFC 9112, 6.3).
 */
export function readFraming(fields: readonly Field[], minor: 0 | 1): Framing | Refusal {
  const codings = valuesOf(fields, 'transfer-encoding');
  const lengths = new Set(valuesOf(fields, 'content-length'));
  if (codings.length > 0) {
    if (minor === 0) return BAD_REQUEST;
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') return UNSUPPORTED_ENCODING;
    return lengths.size === 0 ? 'chunked' : BAD_REQUEST;
  }
  const [length = ''] = lengths;
  if (lengths.size > 1 || (length !== '' && !LENGTH.test(length))) return BAD_REQUEST;
  return Number(length);
}

/** The first rule that the fields break, apart from framing, as a refusal in upstream's order; undefined if none. */
export function problemOfFields(fields: readonly Field[], { minor }: { readonly minor: 0 | 1 }): Refusal | undefined {
  const [host] = valuesOf(fields, 'host');
  if (host === undefined && minor === 1) return badRequest('missing required Host header');
  if (host !== undefined && !HOST.test(host)) return badRequest('malformed Host header');
  if (fields.some(([name]) => name.includes(' '))) return badRequest('invalid header name');
  const expectations = valuesOf(fields, 'expect').filter((value) => value !== '');
  if (expectations.some((value) => value.toLowerCase() !== '100-continue')) return UNKNOWN_EXPECTATION;
  return undefined;
}

/** Options in the list of the field `Connection`, which may be long. */
const CLOSE = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEP_ALIVE = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;

/** Whether another request may follow on the connection (RFC 9112, 9.3). */
export function staysOpen(fields: readonly Field[], minor: 0 | 1): boolean {
  const values = valuesOf(fields, 'connection');
  if (values.some((value) => CLOSE.test(value))) return false;
  return minor === 1 || values.some((value) => KEEP_ALIVE.test(value));
}
