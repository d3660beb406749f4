import { CODE, DEFAULT_WINDOW_BYTES, LARGEST_WINDOW_BYTES } from './http2-codes.js';
import { Http2Violation } from './http2-error.js';

/** The bytes that the peer allows us to send (RFC 9113 §6.9), on its connection and on the one stream. */
export class SendWindows {
  #connection = DEFAULT_WINDOW_BYTES;
  /** Negative if the peer has reduced its window while data was in flight (§6.9.2). */
  #stream = DEFAULT_WINDOW_BYTES;
  #initial = DEFAULT_WINDOW_BYTES;

  /** The bytes that may be sent now. */
  get room(): number {
    return Math.max(Math.min(this.#connection, this.#stream), 0);
  }

  take(bytes: number): void {
    this.#connection -= bytes;
    this.#stream -= bytes;
  }

  /** A WINDOW_UPDATE. Throws Http2Violation. */
  widen(scope: 'connection' | 'stream', bytes: number): void {
    if (scope === 'connection') this.#connection = widened(this.#connection, bytes, scope);
    else this.#stream = widened(this.#stream, bytes, scope);
  }

  /** A new INITIAL_WINDOW_SIZE. Throws Http2Violation. */
  reinitialize(bytes: number): void {
    const change = bytes - this.#initial;
    this.#initial = bytes;
    this.#stream = widened(this.#stream, change, 'connection');
  }
}

function widened(window: number, bytes: number, scope: 'connection' | 'stream'): number {
  if (window + bytes > LARGEST_WINDOW_BYTES) {
    throw new Http2Violation(CODE.FLOW_CONTROL_ERROR, `a window of ${window + bytes} bytes is too large`, scope);
  }
  return window + bytes;
}

/**
 * The bytes that we allow the peer to send. It gets a WINDOW_UPDATE when half of the window is used up, so that small
 * answers need no such frame.
 */
export class ReceiveWindow {
  readonly #wholeBytes: number;
  #room: number;
  /** Bytes that were read and not yet given back to the peer. */
  #freed = 0;

  constructor(wholeBytes: number) {
    this.#wholeBytes = wholeBytes;
    this.#room = wholeBytes;
  }

  /** Throws Http2Violation if the peer sends more than it may. */
  take(bytes: number): void {
    this.#room -= bytes;
    if (this.#room < 0) throw new Http2Violation(CODE.FLOW_CONTROL_ERROR, 'DATA frame beyond the flow-control window');
  }

  /** Gives back what was read; the increment to tell the peer, or 0. */
  free(bytes: number): number {
    this.#freed += bytes;
    if (this.#freed < this.#wholeBytes / 2) return 0;
    const increment = this.#freed;
    this.#room += increment;
    this.#freed = 0;
    return increment;
  }
}
