import { escapeBytes } from '../../values/byte-string.js';
import { goQuote } from '../../values/go/go-quote.js';
import { LONGEST_LOCATION } from './http-redirect.js';

/** One request of a POST that is redirected. */
export interface PostHop {
  readonly url: URL;
  /** Whether it is still a POST with its body; otherwise a GET. */
  readonly withBody: boolean;
  /** Credentials stay with the host: false once it was left. */
  readonly isTrusted: boolean;
}

/** An answer that redirects. */
export interface PostRedirect {
  readonly status: number;
  readonly location: string;
}

/**
 * The request that a redirect leads to, as in Go: 307 and 308 are asked again, others with GET. Returns what is wrong
 * with a Location that cannot be followed.
 */
export function nextPostHop(hop: PostHop, { status, location }: PostRedirect): PostHop | string {
  if (location.length > LONGEST_LOCATION) return 'the answer redirects to a URL that is too long';
  const reference = escapeBytes(location);
  const url = URL.canParse(reference, hop.url.href) ? new URL(reference, hop.url) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return `cannot follow the redirect to ${goQuote(location)}`;
  }
  url.username = '';
  url.password = '';
  return {
    url,
    withBody: hop.withBody && (status === 307 || status === 308),
    isTrusted: hop.isTrusted && url.hostname === hop.url.hostname,
  };
}
