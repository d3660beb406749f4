import { CODE, frameName } from './http2-codes.js';
import { Http2Violation } from './http2-error.js';

/**
 * The most frames of a connection that bring an answer no further (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA,
 * interim answers, unknown ones). Servers send a handful, and a PING in every round trip of a long body. Our side
 * answers some, so this also bounds what waits to be sent.
 */
const MOST_IDLE_FRAMES = 10_000;
/** A frame counts once more for each of these many bytes, so that thousands of settings in one frame count. */
const BYTES_OF_ANOTHER = 64;
/** Each of these many bytes of body, in either direction, allows one more frame: a long body has window updates. */
const BYTES_A_FRAME = 1024;

/** Bounds the work that a peer can ask for without sending anything. */
export class IdleBudget {
  #frames = 0;
  #bytes = 0;

  /** Throws Http2Violation when there were too many. */
  spend(type: number, bytes = 0): void {
    this.#frames += 1 + Math.floor(bytes / BYTES_OF_ANOTHER);
    if (this.#frames <= MOST_IDLE_FRAMES + this.#bytes / BYTES_A_FRAME) return;
    throw new Http2Violation(
      CODE.ENHANCE_YOUR_CALM,
      `too many frames that bring nothing, the last one ${frameName(type)}`,
    );
  }

  earn(bytes: number): void {
    this.#bytes += bytes;
  }
}
