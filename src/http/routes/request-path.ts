import { posix } from 'node:path';
import { bytesOf, textOfBytes } from '../../values/byte-string.js';
import { decodeEscapes } from '../../values/codec/percent-escapes.js';

/** The path of a request's URL, decoded, and its query as it came, without the question mark. */
export type RequestPath =
  | { readonly kind: 'path'; readonly path: string; readonly query: string }
  /** The path had `//`, `.` or `..`. `path` is the clean one. */
  | { readonly kind: 'unclean'; readonly path: string; readonly query: string }
  | { readonly kind: 'malformed' };

const MALFORMED_ESCAPE = /%(?![\da-fA-F]{2})/;

/** Paths without these are clean, plain ASCII and not encoded. */
const UNUSUAL = /\/[/.]|[%]|[^\x00-\x7f]/;

/**
 * Reads a request's URL as Go's ServeMux does. The path is decoded as a whole, so that `%2F` separates like a slash;
 * bytes that are no UTF-8 are kept (byte-string.ts). The URL may be a whole one, as for a proxy (RFC 9112, 3.2.2).
 */
export function readRequestPath(url: string): RequestPath {
  const local = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const at = local.indexOf('?');
  const raw = at < 0 ? local : local.slice(0, at);
  const query = at < 0 ? '' : local.slice(at + 1);
  if (!UNUSUAL.test(raw)) return { kind: 'path', path: raw, query };
  if (MALFORMED_ESCAPE.test(raw)) return { kind: 'malformed' };
  // Node gives a request line as Latin-1, a character a byte.
  const path = textOfBytes(decodeEscapes(Buffer.from(raw, 'latin1')));
  const clean = path.startsWith('/') ? posix.normalize(path) : path;
  return clean === path ? { kind: 'path', path, query } : { kind: 'unclean', path: clean, query };
}

/** Characters that Go leaves as they are in a path (net/url, encodePath). */
const PLAIN_IN_PATH = /^[\w.~$&+,/:;=@!'()*-]$/;

/** How each byte is written in a path. */
const WRITTEN_IN_PATH: readonly string[] = Array.from({ length: 256 }, (_none, byte) => {
  const character = String.fromCharCode(byte);
  return PLAIN_IN_PATH.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** A decoded path and a query as a URL that leads there. */
export function urlOf(path: string, query: string): string {
  let escaped = '';
  for (const byte of bytesOf(path)) escaped += WRITTEN_IN_PATH[byte] ?? '';
  return query === '' ? escaped : `${escaped}?${query}`;
}
