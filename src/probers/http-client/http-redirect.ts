import { UrlError } from '../../values/go/go-url.js';
import { hrefOf, type HttpUrl, namesHost, resolveHttpUrl } from './http-url.js';

/** One request of the chain of redirects. */
export interface Hop {
  readonly url: HttpUrl;
  readonly method: string;
  readonly withBody: boolean;
  /** The Host header to send, where it is not the URL's own. */
  readonly hostHeader: string | undefined;
  /**
   * False once the chain has left the first host (and its subdomains): credentials are not for others, for the rest of
   * the chain.
   */
  readonly trusted: boolean;
  readonly referer: string | undefined;
}

/** Redirects that are followed at most, as in upstream; the next one is the final answer. */
export const MOST_REDIRECTS = 10;

/** The longest Location that is looked at, in characters: no server takes a request line of that length. */
export const LONGEST_LOCATION = 64 * 1024;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The target of a redirect; undefined if the answer is final, as one without Location is (RFC 9110 §15.4). */
export function redirectLocation(status: number, location: string | undefined): string | undefined {
  return REDIRECTS.has(status) && location !== '' ? location : undefined;
}

/**
 * The hop that a redirect leads to. 301, 302 and 303 turn the method into GET (HEAD stays) without a body, 307 and 308
 * keep both. A configured Host header survives redirects that name no host. Throws UrlError.
 */
export function nextHop(hop: Hop, status: number, location: string, firstHost: string): Hop {
  if (location.length > LONGEST_LOCATION) throw new UrlError(`longer than ${LONGEST_LOCATION} characters`);
  const url = resolveHttpUrl(hop.url, location);
  const keepsMethod = status === 307 || status === 308;
  const leavesTls = hop.url.scheme === 'https' && url.scheme === 'http';
  return {
    url,
    method: keepsMethod || hop.method === 'HEAD' ? hop.method : 'GET',
    withBody: hop.withBody && keepsMethod,
    hostHeader: namesHost(location) ? undefined : hop.hostHeader,
    trusted: hop.trusted && isSameOrSubdomain(url.hostname, firstHost),
    referer: leavesTls ? undefined : hrefOf(hop.url),
  };
}

/** Names are compared without regard to letter case; an address has no subdomains. */
function isSameOrSubdomain(host: string, parent: string): boolean {
  const [child, ancestor] = [host.toLowerCase(), parent.toLowerCase()];
  if (child === ancestor) return true;
  if (child.includes(':') || child.includes('%')) return false;
  return child.endsWith(`.${ancestor}`);
}
