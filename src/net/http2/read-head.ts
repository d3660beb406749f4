import { goQuote } from '../../values/go/go-quote.js';
import type { Field } from './hpack-encoder.js';
import { CODE } from './http2-codes.js';
import { Http2Violation } from './http2-error.js';

/** The header of an answer. */
export interface Http2Head {
  readonly status: number;
  /** Names in lower case, values as they came, blanks included; without pseudo-header fields. */
  readonly fields: readonly Field[];
  /** Whether nothing follows, neither body nor trailers. */
  readonly endsStream: boolean;
}

/** A token without capital letters (RFC 9113 §8.2.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE_CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
/** How much of a name is shown in a text. */
const LONGEST_SHOWN_NAME = 100;

/**
 * The header of an answer of fields that were checked one by one (RFC 9113 §8.2, §8.3), as leniently as Go: fields of
 * HTTP/1 connections are left alone. Throws Http2Violation.
 */
export function readHead(fields: readonly Field[], endsStream: boolean): Http2Head {
  let status: string | undefined;
  const regular: Field[] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (!name.startsWith(':')) {
      regular.push(field);
      continue;
    }
    if (regular.length > 0) throw malformed(`pseudo-header field ${shown(name)} after a regular one`);
    if (name !== ':status') throw malformed(`pseudo-header field ${shown(name)} in an answer`);
    if (status !== undefined) throw malformed('two pseudo-header fields ":status"');
    status = value;
  }
  return { status: readStatus(status), fields: regular, endsStream };
}

function readStatus(text: string | undefined): number {
  if (text === undefined) throw malformed('missing pseudo-header field ":status"');
  if (!/^[0-9]{1,9}$/.test(text)) throw malformed('pseudo-header field ":status" that is no number');
  return Number(text);
}

/** Trailers have no pseudo-header fields (RFC 9113 §8.1). */
export function checkTrailers(fields: readonly Field[]): void {
  const [name] = fields.find(([each]) => each.startsWith(':')) ?? [];
  if (name !== undefined) {
    throw new Http2Violation(CODE.PROTOCOL_ERROR, `pseudo-header field ${shown(name)} in trailers`);
  }
}

/**
 * Checks one field as it is decoded. The values of pseudo-header fields are checked by their readers. Throws
 * Http2Violation.
 */
export function checkField(name: string, value: string): void {
  if (name.startsWith(':')) return;
  if (!NAME.test(name)) throw malformed(`invalid header field name ${shown(name)}`);
  // The value may be a secret.
  if (VALUE_CONTROL.test(value)) throw malformed(`invalid header field value for ${shown(name)}`);
}

function shown(name: string): string {
  return goQuote(name.slice(0, LONGEST_SHOWN_NAME));
}

function malformed(what: string): Http2Violation {
  return new Http2Violation(CODE.PROTOCOL_ERROR, what, 'stream');
}
