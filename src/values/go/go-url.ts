import net from 'node:net';
import { goQuote } from './go-quote.js';
import { invalidEscapeIn, unescapeHost, unescapeText } from './go-url-escape.js';

/**
 * A text is not a URL. The message is Go's and may quote the text. `problem` never quotes it, since the text may have a
 * password.
 */
export class UrlError extends Error {
  override readonly name: string = 'UrlError';
  readonly problem: string;

  constructor(problem: string, message = problem) {
    super(message);
    this.problem = problem;
  }
}

/** A URL split at its delimiters. Only control characters have been checked. */
export interface GoUrlParts {
  /** The scheme in lower case. */
  readonly scheme: string | undefined;
  /** The part between `//` and the path, or undefined without `//`. */
  readonly authority: string | undefined;
  readonly path: string;
  /** The part after the question mark, or undefined without one. */
  readonly query: string | undefined;
}

/** The parts of `user:password@host:port`. */
export interface GoAuthority {
  /** User name and password, decoded. */
  readonly userinfo?: { readonly username: string; readonly password: string };
  /** The host with brackets and port, as written. */
  readonly host: string;
  readonly hostname: string;
  /** The port as written, or empty if there is none. */
  readonly port: string;
}

const CONTROL = /[\x00-\x1f\x7f]/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** Splits a URL as Go's url.Parse does. Throws a UrlError. */
export function splitGoUrl(text: string): GoUrlParts {
  const hash = text.indexOf('#');
  const withoutFragment = hash === -1 ? text : text.slice(0, hash);
  if (CONTROL.test(withoutFragment)) throw new UrlError('net/url: invalid control character in URL');
  if (hash !== -1) checkEscapes(text.slice(hash + 1));
  const scheme = SCHEME.exec(withoutFragment)?.[1];
  if (scheme === undefined && withoutFragment.startsWith(':')) throw new UrlError('missing protocol scheme');
  let rest = scheme === undefined ? withoutFragment : withoutFragment.slice(scheme.length + 1);
  const question = rest.indexOf('?');
  const query = question === -1 ? undefined : rest.slice(question + 1);
  if (question !== -1) rest = rest.slice(0, question);
  let authority: string | undefined;
  // Three slashes begin a path where there is no scheme.
  if (rest.startsWith('//') && (scheme !== undefined || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    authority = slash === -1 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash === -1 ? '' : rest.slice(slash);
  }
  return { scheme: scheme?.toLowerCase(), authority, path: rest, query };
}

/** Parses the part of a URL between `//` and the path. Throws a UrlError. */
export function parseAuthority(authority: string): GoAuthority {
  const at = authority.lastIndexOf('@');
  const userinfo = at === -1 ? undefined : parseUserinfo(authority.slice(0, at));
  return { ...(userinfo === undefined ? {} : { userinfo }), ...parseHost(authority.slice(at + 1)) };
}

/** Throws a UrlError for a `%` that does not begin an escape. */
export function checkEscapes(text: string): void {
  const invalid = invalidEscapeIn(text);
  if (invalid !== undefined) throw new UrlError('invalid URL escape', `invalid URL escape ${goQuote(invalid)}`);
}

/** Throws a UrlError for parts of which Go's `url.Parse` would make no URL, whatever their scheme. */
export function checkGoUrl({ scheme, authority, path }: GoUrlParts): void {
  if (isOpaque({ scheme, authority, path })) return;
  if (authority === undefined && (path.split('/', 1)[0] ?? '').includes(':')) {
    throw new UrlError('first path segment in URL cannot contain colon');
  }
  if (authority !== undefined) parseAuthority(authority);
  checkEscapes(path);
}

/** Whether a URL has a scheme and no slash behind it, such as `mailto:x`: Go takes nothing of the rest for a path. */
export function isOpaque({ scheme, authority, path }: Omit<GoUrlParts, 'query'>): boolean {
  return scheme !== undefined && authority === undefined && !path.startsWith('/');
}

/** Returns why Go's `url.Parse` would refuse a text, without quoting it, or undefined if it would not. */
export function goUrlProblem(text: string): string | undefined {
  try {
    checkGoUrl(splitGoUrl(text));
    return undefined;
  } catch (error) {
    if (error instanceof UrlError) return error.problem;
    throw error;
  }
}

function parseUserinfo(text: string): { username: string; password: string } {
  if (!/^[A-Za-z0-9\-._~:!$&'()*+,;=%@]*$/.test(text)) throw new UrlError('net/url: invalid userinfo');
  checkEscapes(text);
  const colon = text.indexOf(':');
  const username = colon === -1 ? text : text.slice(0, colon);
  return { username: unescapeText(username), password: colon === -1 ? '' : unescapeText(text.slice(colon + 1)) };
}

function parseHost(text: string): { host: string; hostname: string; port: string } {
  const open = text.lastIndexOf('[');
  if (open > 0) throw new UrlError('invalid IP-literal');
  const end = open === 0 ? text.lastIndexOf(']') : -2;
  if (end === -1) throw new UrlError("missing ']' in host");
  const colon = end >= 0 ? (end + 1 < text.length ? end + 1 : -1) : text.lastIndexOf(':');
  const portText = colon === -1 ? '' : text.slice(colon);
  if (portText !== '' && !/^:[0-9]*$/.test(portText)) {
    throw new UrlError('invalid port after host', `invalid port ${goQuote(portText)} after host`);
  }
  const host = unescapeHost(colon === -1 ? text : text.slice(0, colon), end >= 0);
  if ('problem' in host) throw new UrlError(host.problem, host.message);
  const hostname = end >= 0 ? host.text.slice(1, -1) : host.text;
  if (end >= 0) checkLiteral(hostname);
  return {
    host: host.text + portText,
    hostname,
    port: portText.slice(1),
  };
}

/** Only IPv6 addresses may stand in brackets, those that have an IPv4 address in them included (RFC 3986 §3.2.2). */
function checkLiteral(text: string): void {
  const percent = text.indexOf('%');
  const [address, zone] = percent === -1 ? [text, undefined] : [text.slice(0, percent), text.slice(percent + 1)];
  if (net.isIPv6(address) && zone !== '') return;
  if (zone === undefined && net.isIPv4(address)) throw new UrlError('invalid IP-literal');
  throw new UrlError('invalid host', `invalid host: ParseAddr(${goQuote(text)}): unable to parse IP`);
}

/** Replaces the password of a URL by `xxxxx`, as Go's `URL.Redacted` does. */
export function redactUrl(text: string): string {
  const start = (SCHEME.exec(text)?.[0].length ?? 0) + 2;
  if (!text.startsWith('//', start - 2)) return text;
  const length = text.slice(start).search(/[/?#]/);
  const authority = length === -1 ? text.slice(start) : text.slice(start, start + length);
  const at = authority.lastIndexOf('@');
  const colon = authority.indexOf(':');
  if (colon === -1 || colon > at) return text;
  return `${text.slice(0, start + colon)}:xxxxx${text.slice(start + at)}`;
}
