import { posix } from 'node:path';
import { percentDecode } from './query-parameters.js';

/** Where a request leads before any route has looked at it. */
export type Destination =
  /** `path` is the path below the prefix, beginning with a slash. */
  | { readonly kind: 'route'; readonly path: string; readonly query: string }
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 307; readonly location: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'nowhere' };

export interface Mount {
  /** "/" or a path with a slash at both ends. */
  readonly prefix: string;
  /** Where "/" leads if there is a prefix. */
  readonly externalUrl: string;
}

/** What may make a path not clean, or not plain. */
const UNUSUAL = /\/[/.]|%/;

/** Finds the way of a request's URL, by the rules of Go's ServeMux and upstream's routes: paths are decoded, and unclean ones are sent to the clean one. */
export function findRoute(url: string, { prefix, externalUrl }: Mount): Destination {
  const { path: rawPath, query } = splitUrl(url);
  const decoded = UNUSUAL.test(rawPath) ? percentDecode(rawPath) : rawPath;
  if (decoded === undefined) return { kind: 'malformed' };
  if (!decoded.startsWith('/')) return { kind: 'nowhere' };
  const clean = UNUSUAL.test(rawPath) ? cleanPath(decoded) : decoded;
  if (clean !== decoded) return { kind: 'redirect', status: 307, location: withQuery(encodeURI(clean), query) };
  if (prefix === '/') return { kind: 'route', path: decoded, query };
  if (decoded.startsWith(prefix)) return { kind: 'route', path: decoded.slice(prefix.length - 1), query };
  if (`${decoded}/` === prefix) return { kind: 'redirect', status: 301, location: withQuery(encodeURI(prefix), query) };
  if (decoded === '/') return { kind: 'redirect', status: 302, location: externalUrl };
  return { kind: 'nowhere' };
}

/** A request line may also hold a whole URL, as for a proxy (RFC 9112, 3.2.2). */
function splitUrl(url: string): { path: string; query: string } {
  const local = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const at = local.indexOf('?');
  return at < 0 ? { path: local, query: '' } : { path: local.slice(0, at), query: local.slice(at + 1) };
}

/** Go's path.Clean, but a slash at the end stays. */
function cleanPath(path: string): string {
  return posix.normalize(path);
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}
