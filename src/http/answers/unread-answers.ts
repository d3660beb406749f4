import type { WebResponse } from '../exchange.js';

/** What all answers may hold together that clients have not taken yet: 1,000 of some 100 KiB. */
export const MOST_UNREAD_BYTES = 128 * 1024 * 1024;

/** The unread bytes of the whole process, since its memory is one. */
let unreadBytes = 0;

/**
 * Whether there is room for `bytes` of an answer that is the client's own; they count until it has been taken or the
 * client is gone. A single answer always has room.
 */
export function holdUnread(response: WebResponse, bytes: number): boolean {
  if (unreadBytes > 0 && unreadBytes + bytes > MOST_UNREAD_BYTES) return false;
  unreadBytes += bytes;
  response.once('close', () => {
    unreadBytes -= bytes;
  });
  return true;
}
