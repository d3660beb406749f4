import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { PIECE_BYTES } from '../../../http/answers/send-pieces.js';
import type { SAYS_NO_MORE, WebResponse } from '../../../http/exchange.js';
import type { FromEngine } from './relay-messages.js';

/** Sends a message to the thread with the sockets; what is in `hands` is then the other's. */
export type PostFromEngine = (message: FromEngine, hands?: readonly ArrayBuffer[]) => void;

/** Bytes of an answer that may be on their way before the sender waits, once the client has taken some. */
export const WINDOW_BYTES = 256 * 1024;
/** The same before that: whoever asks and takes nothing costs one piece. */
const FIRST_WINDOW_BYTES = PIECE_BYTES;

/** An answer that another thread writes to its socket. */
export class RelayedResponse implements WebResponse {
  readonly #id: number;
  readonly #post: PostFromEngine;
  readonly #events = new EventEmitter();
  readonly #headers = new Map<string, string>();
  #head: { readonly status: number; readonly headers: OutgoingHttpHeaders } | undefined;
  #isHeadSent = false;
  #bytesInFlight = 0;
  #windowBytes = FIRST_WINDOW_BYTES;
  writableFinished = false;
  destroyed = false;

  constructor(id: number, post: PostFromEngine) {
    this.#id = id;
    this.#post = post;
  }

  get writableEnded(): boolean {
    return this.writableFinished;
  }

  get headersSent(): boolean {
    return this.#head !== undefined;
  }

  readonly setHeader = (name: string, value: string): void => {
    this.#headers.set(name, value);
  };

  readonly writeHead = (status: number, headers: OutgoingHttpHeaders): void => {
    this.#head = { status, headers: { ...Object.fromEntries(this.#headers), ...headers } };
  };

  readonly write = (chunk: string | Uint8Array): boolean => {
    if (this.destroyed || this.#head === undefined) return false;
    if (!this.#isHeadSent) {
      this.#isHeadSent = true;
      this.#post({ kind: 'head', id: this.#id, ...this.#head });
    }
    const bytes = ownBytes(chunk);
    this.#bytesInFlight += bytes.length;
    this.#post({ kind: 'piece', id: this.#id, bytes }, [bytes.buffer]);
    return this.#bytesInFlight < this.#windowBytes;
  };

  readonly end = (body: string | Uint8Array): void => {
    if (this.destroyed || this.writableFinished || this.#head === undefined) return;
    this.writableFinished = true;
    const bytes = ownBytes(body);
    if (this.#isHeadSent) this.#post({ kind: 'end', id: this.#id, bytes }, [bytes.buffer]);
    else this.#post({ kind: 'answer', id: this.#id, ...this.#head, bytes }, [bytes.buffer]);
    this.#events.emit('close');
  };

  readonly destroy = (): void => {
    if (this.destroyed || this.writableFinished) return;
    this.#post({ kind: 'cut', id: this.#id });
    this.gone();
  };

  readonly once = (event: 'close' | 'drain', listener: () => void): void => {
    this.#events.once(event, listener);
  };

  /** `close` comes a second time where the client goes away behind the end of its answer. */
  readonly on = (event: 'close' | 'drain' | typeof SAYS_NO_MORE, listener: () => void): void => {
    if (event === 'close') this.once(event, listener);
    else this.#events.on(event, listener);
  };

  /** Takes the number of bytes that were written. */
  taken(bytes: number): void {
    const wasFull = this.#bytesInFlight >= this.#windowBytes;
    this.#bytesInFlight -= bytes;
    this.#windowBytes = WINDOW_BYTES;
    if (wasFull && this.#bytesInFlight < WINDOW_BYTES) this.#events.emit('drain');
  }

  /** Notes that nobody waits for the answer any more. */
  gone(): void {
    this.destroyed = true;
    this.#events.emit('close');
  }
}

/** A copy that can change hands: buffers of Node may be parts of larger ones. */
function ownBytes(chunk: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk);
}
