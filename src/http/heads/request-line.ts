import { BAD_REQUEST, NOTHING_THERE, type Refusal, UNSUPPORTED_VERSION, WHOLE_SERVER } from './refusal.js';

/** The first line of a request, in the form in which Node's parser takes it. */
export interface RequestLine {
  /** A method that Node's parser knows. */
  readonly method: string;
  /** A path and a query, without bytes beyond ASCII. */
  readonly target: string;
  readonly minor: 0 | 1;
  /** The authority of a target that is a whole URL; it counts instead of the Host header (RFC 9112, 3.2.2). */
  readonly authority: string | undefined;
}

/** The methods that pass unchanged. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']);
/** Stands for every other method: Node's parser knows it, and no route does. */
const UNKNOWN_METHOD = 'SOURCE';

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const VERSION = /^HTTP\/(\d)\.(\d)$/;
const WHOLE_URL = /^[a-z][a-z\d+.-]*:\/\/([^/?]*)/i;
const AUTHORITY = /^[\w!$&'()*+,.;=~[\]:%-]*$/;
const PORT = /:(?!\d*$)[^:\]]*$/;
// Controls and blanks are not part of any URL.
const UNFIT_FOR_URL = /[\0- \x7f]/;

/** Reads a request line by the rules of Go's server, which allow one blank between two words. */
export function readRequestLine(line: string): RequestLine | Refusal {
  const [method = '', target = '', ...others] = line.split(' ', 4);
  const [, major, minor] = VERSION.exec(others[0] ?? '') ?? [];
  if (others.length !== 1 || major === undefined || !TOKEN.test(method)) return BAD_REQUEST;
  if (target === '*') return method === 'OPTIONS' ? WHOLE_SERVER : NOTHING_THERE;
  const place = readTarget(target);
  // A tunnel is nothing that these services make.
  if (place === undefined || method === 'CONNECT') return BAD_REQUEST;
  if (major !== '1') return UNSUPPORTED_VERSION;
  return { method: KNOWN_METHODS.has(method) ? method : UNKNOWN_METHOD, minor: minor === '0' ? 0 : 1, ...place };
}

function readTarget(target: string): Pick<RequestLine, 'target' | 'authority'> | undefined {
  if (UNFIT_FOR_URL.test(target)) return undefined;
  if (target.startsWith('/')) return { target: escapeBytes(target), authority: undefined };
  const [origin, authority] = WHOLE_URL.exec(target) ?? [];
  if (origin === undefined || authority === undefined) return undefined;
  if (!AUTHORITY.test(authority) || PORT.test(authority)) return undefined;
  const local = target.slice(origin.length);
  return { target: local.startsWith('/') ? escapeBytes(local) : `/${escapeBytes(local)}`, authority };
}

/**
 * Percent-encodes bytes beyond ASCII, which mean the same as their escapes. curl, for one, sends a query as it was
 * typed.
 */
function escapeBytes(target: string): string {
  return target.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
