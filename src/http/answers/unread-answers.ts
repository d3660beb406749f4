import type { WebResponse } from '../exchange.js';

/**
 * The most bytes that all responses together may hold while clients have not read them: enough for 1,000 of 100 KiB.
 */
export const MOST_UNREAD_BYTES = 128 * 1024 * 1024;

/** The unread bytes of the whole process, since its memory is one. */
let unreadBytes = 0;

/**
 * Whether there is room for `bytes` of an answer that is the client's own; they count until it has been taken or the
 * client is gone. A single answer always has room, and so has one that nobody waits for any more, which is not sent.
 */
export function holdUnread(response: WebResponse, bytes: number): boolean {
  // Its `close` has been.
  if (response.destroyed) return true;
  if (unreadBytes > 0 && unreadBytes + bytes > MOST_UNREAD_BYTES) return false;
  unreadBytes += bytes;
  response.on('close', () => {
    unreadBytes -= bytes;
  });
  return true;
}
