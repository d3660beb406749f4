import type { HttpResponse } from '../../net/http-exchange.js';
import { isBug } from '../../probe/step-failure.js';

/** The most bytes of a redirect's body that are read before it is followed: Go's `maxBodySlurpSize`. */
export const MOST_REDIRECT_BODY_BYTES = 2048;

/**
 * Reads the body of a redirect that is to be followed, as Go's client does: up to 2 KiB, or nothing where the server
 * says that it is longer. A body that is cut off or malformed changes nothing. Rejects when the signal fires: one that
 * does not end is not followed.
 */
export async function readRedirectBody(
  { contentLength, readBody }: Pick<HttpResponse, 'contentLength' | 'readBody'>,
  signal: AbortSignal,
): Promise<void> {
  if (contentLength > MOST_REDIRECT_BODY_BYTES) return;
  try {
    for (let left = MOST_REDIRECT_BODY_BYTES; left > 0;) {
      const chunk = await readBody();
      if (chunk === undefined) return;
      left -= chunk.length;
    }
  } catch (error) {
    if (signal.aborted || isBug(error)) throw error;
  }
}
