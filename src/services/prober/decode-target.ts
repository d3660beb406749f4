import { percentDecode } from '../../http/routes/query-parameters.js';

/** A URL whose colon is still escaped: a scheme, `%3A`, and two slashes, escaped or not. */
const ESCAPED_URL = /^[a-zA-Z][a-zA-Z\d+.-]*%3a(?:%2f|\/){2}/i;

/** A host without a scheme before it whose port's colon, or whose brackets, are still escaped. */
const ESCAPED_HOST_PORT = /^(?:[^:/?#%[\]@]+|%5b[^/?#[\]@]+%5d)%(?:25){0,8}3a\d+(?=[/?#]|$)/i;

/** A URL up to the end of its host and port: scheme, userinfo, host. */
const URL_HOST = /^([a-zA-Z][a-zA-Z\d+.-]*:\/\/(?:[^/?#@]*@)?)([^/?#@]+)/;

/** More than any host and port, encoded twice; a longer one stays as it is. */
const LONGEST_HOST = 1024;
/** More encodings, one around the other, than anybody has. */
const MOST_ENCODINGS = 8;

/**
 * The target that was meant by a `target` parameter that has been decoded once already.
 *
 * It is decoded a second time only if it arrived encoded as a whole, which shows by its scheme's colon (or its port's)
 * still being escaped: `https%3A%2F%2Fx` becomes `https://x`. Upstream decodes every target twice, which turns `%2B` in
 * a target's own query into a blank. In a host and port a percent sign means nothing, so they are decoded until there
 * is none: `http://x%3A80/` becomes `http://x:80/`.
 */
export function decodeTarget(parameter: string): string {
  if (ESCAPED_URL.test(parameter)) return decodeHost(percentDecode(parameter) ?? parameter);
  const [host] = ESCAPED_HOST_PORT.exec(parameter) ?? [];
  return host === undefined ? decodeHost(parameter) : decodeEscapes(host) + parameter.slice(host.length);
}

function decodeHost(target: string): string {
  const [start, origin = '', host = ''] = URL_HOST.exec(target) ?? [];
  // A percent sign between brackets begins the zone of an address (RFC 6874).
  if (start === undefined || host.startsWith('[') || host.length > LONGEST_HOST) return target;
  const decoded = decodeEscapes(host);
  // If the result has a delimiter of URLs, the decoded text was not just a host.
  return /[%/?#@[\]]/.test(decoded) ? target : origin + decoded + target.slice(start.length);
}

function decodeEscapes(host: string): string {
  let decoded = host;
  for (let round = 0; round < MOST_ENCODINGS && decoded.includes('%'); round++) {
    decoded = percentDecode(decoded) ?? decoded;
  }
  return decoded;
}
