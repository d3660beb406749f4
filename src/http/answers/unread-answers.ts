import type { WebResponse } from '../exchange.js';
import { PIECE_BYTES } from './send-pieces.js';

/**
 * The most bytes that all responses together may hold while clients have not read them: enough for 2,000 of 64 KiB.
 */
export const MOST_UNREAD_BYTES = 128 * 1024 * 1024;

/**
 * The most of them for answers longer than a piece: pages and lists, of which some hundred streams of HTTP/2 with a
 * window of 0 hold all. What scrapers wait for is shorter, and has the rest.
 */
export const MOST_LONG_UNREAD_BYTES = (MOST_UNREAD_BYTES / 4) * 3;

/** The unread bytes of the whole process, since its memory is one. */
let unreadBytes = 0;

/**
 * Whether there is room for `bytes` of an answer that is the client's own; they count until it has been taken or the
 * client is gone. A single answer always has room, and so has one that nobody waits for any more, which is not sent.
 */
export function holdUnread(response: WebResponse, bytes: number): boolean {
  // Its `close` has been.
  if (response.destroyed) return true;
  const most = bytes > PIECE_BYTES ? MOST_LONG_UNREAD_BYTES : MOST_UNREAD_BYTES;
  if (unreadBytes > 0 && unreadBytes + bytes > most) return false;
  unreadBytes += bytes;
  response.on('close', () => {
    unreadBytes -= bytes;
  });
  return true;
}
