import { asciiName } from '../../values/address/ascii-name.js';
import { goQuote } from '../../values/go/go-quote.js';
import {
  checkEscapes,
  checkGoUrl,
  type GoUrlParts,
  isOpaque,
  parseAuthority,
  splitGoUrl,
  UrlError,
} from '../../values/go/go-url.js';
import { encodePath } from '../../values/go/go-url-escape.js';

/**
 * An http or https URL, read by the rules of Go's net/url, which is what targets were written for; nothing is
 * normalised.
 */
export interface HttpUrl {
  readonly scheme: 'http' | 'https';
  /** The credentials in the URL (`user:password`), decoded. */
  readonly userinfo?: { readonly username: string; readonly password: string };
  /** The authority without userinfo, as written: the value of the Host header. */
  readonly host: string;
  /** Without port and brackets; a zone keeps its `%`. */
  readonly hostname: string;
  /** Empty if none is given. */
  readonly port: string;
  /** Encoded path, or empty. */
  readonly path: string;
  /** Without the question mark; undefined if there is none. */
  readonly query?: string;
}

/**
 * Parses an absolute http or https URL. Throws an UrlError with Go's text, such as
 * `parse "http://[::1": missing ']' in host`.
 */
export function parseHttpUrl(text: string): HttpUrl {
  return inUrl(text, () => {
    const parts = splitGoUrl(text);
    if (!isHttp(parts.scheme)) throw new UnsupportedSchemeError(parts.scheme ?? '');
    return build(parts.scheme, parts, parts.path);
  });
}

/** Whether an URL reference names a host of its own. */
export function namesHost(reference: string): boolean {
  const { scheme, authority = '' } = splitGoUrl(reference);
  return scheme !== undefined || authority !== '';
}

/**
 * Resolves a `Location` against the URL that answered (RFC 3986 §5.2). Throws an UrlError, an UnsupportedSchemeError
 * for one that is not http.
 */
export function resolveHttpUrl(base: HttpUrl, reference: string): HttpUrl {
  return inUrl(reference, () => {
    const parts = splitGoUrl(reference);
    checkGoUrl(parts);
    const { scheme = base.scheme, authority, query } = parts;
    if (!isHttp(scheme)) throw new UnsupportedSchemeError(scheme);
    // Nothing behind the scheme of an opaque URL is a path.
    const path = isOpaque(parts) ? '' : encodePath(parts.path);
    // Two slashes without a host mean the host that there is, as in Go.
    if (parts.scheme !== undefined || (authority ?? '') !== '') return inAscii(build(scheme, parts, removeDots(path)));
    const { query: baseQuery, ...origin } = base;
    const keptQuery = path === '' && query === undefined ? baseQuery : query;
    return { ...origin, path: mergePaths(base, path), ...(keptQuery === undefined ? {} : { query: keptQuery }) };
  });
}

/** A URL whose scheme is not ours to follow; the text is Go's. */
export class UnsupportedSchemeError extends UrlError {
  constructor(scheme: string) {
    super('unsupported protocol scheme', `unsupported protocol scheme ${goQuote(scheme)}`);
  }
}

function isHttp(scheme: string | undefined): scheme is 'http' | 'https' {
  return scheme === 'http' || scheme === 'https';
}

/** Names the text before what is wrong with it, as Go's url.Error does. */
function inUrl<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnsupportedSchemeError || !(error instanceof UrlError)) throw error;
    throw new UrlError(error.problem, `parse ${goQuote(text)}: ${error.message}`);
  }
}

/** The target of the request line for an origin server (RFC 9112 §3.2.1). */
export function originForm(url: HttpUrl): string {
  return (url.path === '' ? '/' : url.path) + (url.query === undefined ? '' : `?${url.query}`);
}

/** The whole URL, without userinfo. */
export function hrefOf(url: HttpUrl): string {
  return `${url.scheme}://${url.host}${url.path}${url.query === undefined ? '' : `?${url.query}`}`;
}

/** The port to connect to. */
export function portOf(url: HttpUrl): number {
  return url.port === '' ? (url.scheme === 'https' ? 443 : 80) : Number(url.port);
}

function build(scheme: 'http' | 'https', parts: GoUrlParts, path: string): HttpUrl {
  const { userinfo, host, hostname, port } = parseAuthority(parts.authority ?? '');
  checkEscapes(path);
  return {
    ...{ scheme, host, hostname, port, path: encodePath(path) },
    ...(userinfo === undefined ? {} : { userinfo }),
    ...(parts.query === undefined ? {} : { query: parts.query }),
  };
}

/** The host as it is asked for, in a Host header, in TLS and of name servers (IDNA); one that is no name stays. */
function inAscii(url: HttpUrl): HttpUrl {
  const hostname = asciiName(url.hostname);
  return hostname === url.hostname ? url : { ...url, hostname, host: hostname + url.host.slice(url.hostname.length) };
}

/** RFC 3986 §5.2.3 and §5.2.4. */
function mergePaths(base: HttpUrl, path: string): string {
  if (path === '') return removeDots(base.path);
  if (path.startsWith('/')) return removeDots(path);
  return removeDots(base.path.slice(0, base.path.lastIndexOf('/') + 1) + path);
}

/** As Go does it: where nothing is left before an empty segment, that goes as well. */
function removeDots(path: string): string {
  if (!path.includes('.')) return path === '' || path.startsWith('/') ? path : `/${path}`;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') {
      kept.pop();
      if (kept.length === 1 && kept[0] === '') kept.pop();
    } else if (segment !== '.') kept.push(segment);
    else if (kept.length === 0) kept.push('');
  }
  const last = segments.at(-1);
  const resolved = `/${kept.join('/')}${last === '.' || last === '..' ? '/' : ''}`;
  return resolved.startsWith('//') ? resolved.slice(1) : resolved;
}
