import { goQuote } from '../../values/go/go-quote.js';
import type { ParamSpec } from './param-spec.js';
import { hasDotSegment, isHostAndPort } from './param-types.js';
import type { PlaceKind } from './place-kind.js';

/** A method of a request (RFC 9110, 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Writes a value so that it means itself at its place. */
export function writtenFor(kind: PlaceKind, { type }: Pick<ParamSpec, 'type'>, value: string): string {
  switch (kind) {
    case 'path':
      return encodeForPath(value, type === 'path');
    case 'regexp':
      // RE2 takes a backslash before any punctuation for the character itself.
      return value.replace(/[!-/:-@[-`{-~]/g, '\\$&');
    case 'template':
      return value.replaceAll('$', '$$$$');
    case 'cel':
      return celLiteral(value, type);
    case 'text':
    case 'header':
    case 'host':
    case 'token':
      return value;
    default:
      return kind satisfies never;
  }
}

/** Says why a text cannot stand at its place once its placeholders are filled, or undefined if it can. */
export function whyUnfitFor(kind: PlaceKind, text: string): string | undefined {
  if (kind === 'host' && !isHostAndPort(text)) return `${goQuote(text)} would be no host name or address`;
  if (kind === 'token' && !TOKEN.test(text)) return `${goQuote(text)} would be no method`;
  if (kind === 'path' && hasDotSegment(text)) return 'a path may not have . or .. in it';
  return undefined;
}

/** Encodes what would end a path, or begin an escape; a slash only where the value is no path itself. */
export function encodeForPath(value: string, keepsSlashes: boolean): string {
  const encoded = encodeURIComponent(value);
  return keepsSlashes ? encoded.replaceAll('%2F', '/') : encoded;
}

/** Strings of CEL have the escapes of JSON among theirs. */
function celLiteral(value: string, type: ParamSpec['type']): string {
  if (type === 'integer' || type === 'number' || type === 'port') return `(${value})`;
  return type === 'boolean' ? value : JSON.stringify(value);
}
