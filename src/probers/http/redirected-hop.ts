import { goQuote } from '../../values/go/go-quote.js';
import { UrlError } from '../../values/go/go-url.js';
import { type Hop, nextHop } from '../http-client/http-redirect.js';
import { UnsupportedSchemeError } from '../http-client/http-url.js';
import { redirectFailure } from './http-failure.js';

/**
 * The hop that a redirect leads to; the error for a scheme that cannot be asked, which counts only if the redirect is
 * followed. Throws a ProbeFailure for a Location that is no URL.
 */
export function redirectedHop(
  hop: Hop,
  status: number,
  location: string,
  firstHost: string,
): Hop | UnsupportedSchemeError {
  try {
    return nextHop(hop, status, location, firstHost);
  } catch (error) {
    if (error instanceof UnsupportedSchemeError) return error;
    if (!(error instanceof UrlError)) throw error;
    const err = `failed to parse Location header ${goQuote(location)}: ${error.message}`;
    throw redirectFailure('redirect_invalid', err);
  }
}
