import { percentDecode } from './query-parameters.js';

/** A URL whose colon is still escaped: a scheme, `%3A`, and two slashes, escaped or not. */
const ESCAPED_URL = /^[a-zA-Z][a-zA-Z\d+.-]*%3a(?:%2f|\/){2}/i;

/** A host whose port's colon, or whose brackets, are still escaped, and that has nothing else of a URL about it. */
const ESCAPED_HOST_PORT = /^(?:[^:/?#%[\]]+|%5b[^/?#[\]]+%5d)%3a\d+$/i;

/**
 * The target that was meant by a `target` parameter that has been decoded once already.
 *
 * It is decoded a second time only if it arrived encoded as a whole, which shows by its scheme's colon (or its port's) still
 * being escaped: `https%3A%2F%2Fx` becomes `https://x`. Upstream decodes every target twice, which turns `%2B` in a target's own query into a blank.
 */
export function decodeTarget(parameter: string): string {
  if (!ESCAPED_URL.test(parameter) && !ESCAPED_HOST_PORT.test(parameter)) return parameter;
  return percentDecode(parameter) ?? parameter;
}
