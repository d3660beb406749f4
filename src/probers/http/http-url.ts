import { goQuote } from '../../values/go-quote.js';
import { escapePath, hasInvalidEscape, isEncodedPath, unescapeHost, unescapeText } from './http-url-escape.js';

/** An http or https URL, read by the rules of Go's net/url, which is what targets were written for; nothing is normalised. */
export interface HttpUrl {
  readonly scheme: 'http' | 'https';
  /** As `user:password`, decoded. */
  readonly userinfo?: { readonly username: string; readonly password: string };
  /** The authority without userinfo, as written: what the Host header says. */
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

/** The reason why a text is no URL, in Go's words. */
export class UrlError extends Error {
  override readonly name = 'UrlError';
}

 
const CONTROL = /[\x00-\x1f\x7f]/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/**
 * Parses an absolute http or https URL. Throws an UrlError with Go's text, such as
 * `parse "http://[::1": missing ']' in host`.
 */
export function parseHttpUrl(text: string): HttpUrl {
  return inUrl(text, () => {
    const { scheme, authority, path, query } = split(text);
    if (scheme !== 'http' && scheme !== 'https')
      throw new UrlError(`unsupported protocol scheme ${goQuote(scheme ?? '')}`);
    return build(scheme, authority ?? '', path, query);
  });
}

/** Whether an URL reference names a host of its own. */
export function namesHost(reference: string): boolean {
  const { scheme, authority } = split(reference);
  return scheme !== undefined || authority !== undefined;
}

/** Resolves a `Location` against the URL that answered (RFC 3986 §5.2). Throws an UrlError; `scheme` tells of one that is not http. */
export function resolveHttpUrl(base: HttpUrl, reference: string): HttpUrl {
  return inUrl(reference, () => {
    const { scheme, authority, path, query } = split(reference);
    if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') throw new UnsupportedSchemeError(scheme);
    if (scheme !== undefined || authority !== undefined) {
      return build(scheme ?? base.scheme, authority ?? '', removeDots(path), query);
    }
    const merged = mergePaths(base, path);
    checkPath(merged);
    const keptQuery = path === '' && query === undefined ? base.query : query;
    const { scheme: baseScheme, host, hostname, port, userinfo } = base;
    return {
      ...{ scheme: baseScheme, host, hostname, port, path: encodePath(merged) },
      ...(userinfo === undefined ? {} : { userinfo }),
      ...(keptQuery === undefined ? {} : { query: keptQuery }),
    };
  });
}

/** A URL whose scheme is not ours to follow; the text is Go's. */
export class UnsupportedSchemeError extends UrlError {
  constructor(scheme: string) {
    super(`unsupported protocol scheme ${goQuote(scheme)}`);
  }
}

/** What stands in the request line for an origin server (RFC 9112 §3.2.1). */
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

function inUrl<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnsupportedSchemeError || !(error instanceof UrlError)) throw error;
    throw new UrlError(`parse ${goQuote(text)}: ${error.message}`);
  }
}

interface Parts {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

function split(text: string): Parts {
  const [withoutFragment = ''] = text.split('#', 1);
  if (CONTROL.test(withoutFragment)) throw new UrlError('net/url: invalid control character in URL');
  const scheme = SCHEME.exec(withoutFragment)?.[1];
  if (scheme === undefined && withoutFragment.startsWith(':')) throw new UrlError('missing protocol scheme');
  let rest = scheme === undefined ? withoutFragment : withoutFragment.slice(scheme.length + 1);
  const question = rest.indexOf('?');
  const query = question === -1 ? undefined : rest.slice(question + 1);
  if (question !== -1) rest = rest.slice(0, question);
  let authority: string | undefined;
  if (rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    authority = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash === -1 ? '' : rest.slice(slash);
  }
  return { scheme: scheme?.toLowerCase(), authority, path: rest, query };
}

function build(scheme: 'http' | 'https', authority: string, path: string, query: string | undefined): HttpUrl {
  const at = authority.lastIndexOf('@');
  const userinfo = at === -1 ? undefined : parseUserinfo(authority.slice(0, at));
  const { host, hostname, port } = parseHost(authority.slice(at + 1));
  checkPath(path);
  return {
    ...{ scheme, host, hostname, port, path: encodePath(path) },
    ...(userinfo === undefined ? {} : { userinfo }),
    ...(query === undefined ? {} : { query }),
  };
}

function parseUserinfo(text: string): { username: string; password: string } {
  if (!/^[A-Za-z0-9\-._~:!$&'()*+,;=%@]*$/.test(text)) throw new UrlError('net/url: invalid userinfo');
  const invalid = hasInvalidEscape(text);
  if (invalid !== undefined) throw new UrlError(`invalid URL escape ${goQuote(invalid)}`);
  const colon = text.indexOf(':');
  const username = colon === -1 ? text : text.slice(0, colon);
  return { username: unescapeText(username), password: colon === -1 ? '' : unescapeText(text.slice(colon + 1)) };
}

function parseHost(text: string): { host: string; hostname: string; port: string } {
  const end = text.startsWith('[') ? text.lastIndexOf(']') : -2;
  if (end === -1) throw new UrlError("missing ']' in host");
  const colon = end >= 0 ? (end + 1 < text.length ? end + 1 : -1) : text.lastIndexOf(':');
  const portText = colon === -1 ? '' : text.slice(colon);
  if (portText !== '' && !/^:[0-9]*$/.test(portText))
    throw new UrlError(`invalid port ${goQuote(portText)} after host`);
  const bare = colon === -1 ? text : text.slice(0, colon);
  const host = unescapeHost(bare, end >= 0);
  if (typeof host !== 'string') throw new UrlError(host.problem);
  return { host: host + portText, hostname: end >= 0 ? host.slice(1, -1) : host, port: portText.slice(1) };
}

function checkPath(path: string): void {
  const invalid = hasInvalidEscape(path);
  if (invalid !== undefined) throw new UrlError(`invalid URL escape ${goQuote(invalid)}`);
}

function encodePath(path: string): string {
  return isEncodedPath(path) ? path : escapePath(path);
}

/** RFC 3986 §5.2.3 and §5.2.4. */
function mergePaths(base: HttpUrl, path: string): string {
  if (path === '') return base.path;
  if (path.startsWith('/')) return removeDots(path);
  return removeDots(base.path.slice(0, base.path.lastIndexOf('/') + 1) + path);
}

function removeDots(path: string): string {
  if (!path.includes('.')) return path === '' || path.startsWith('/') ? path : `/${path}`;
  const kept: string[] = [];
  const segments = path.replace(/^\//, '').split('/');
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    if (last && (segment === '..' || segment === '.')) kept.push('');
  }
  return `/${kept.join('/')}`;
}
