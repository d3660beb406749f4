import type { Duplex } from 'node:stream';
import { codeOf } from '../probe/error-text.js';
import { keptError } from './keep-for-reader.js';
import { ReadQueue } from './read-queue.js';
import { askForReset } from './reset-by-peer.js';

function ignoreLateError(): void {
  // Nobody reads the socket any more, so the error is of no interest.
}

/** Reads a socket chunk by chunk on demand. It does not own the socket: the opener closes it. */
export class SocketReader extends ReadQueue {
  readonly #socket: Duplex;
  #asksForReset = false;

  constructor(socket: Duplex, signal: AbortSignal) {
    super(signal);
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    // Events from before this reader listened are not emitted again.
    if (socket.errored !== null) this.fail(socket.errored);
    else if (socket.readableEnded || socket.destroyed) this.end();
    // A socket that another reader has released is paused, and a new listener alone does not wake it.
    this.resume();
    const kept = keptError(socket);
    if (kept !== undefined) this.#takeRest(kept);
  }

  /** Takes what came before an error, which may be all that ever comes. */
  #takeRest(error: Error): void {
    // Each read is an event `data` too.
    while (this.#socket.read() !== null);
    this.fail(error);
  }

  /**
   * Stops listening, and gives back what was not read (to hand over to a TLS handshake, say). The socket is left
   * paused.
   */
  release(): Buffer {
    this.#socket.pause();
    // A late error without a listener would end the process; one that knows nothing lets go of what this reader holds.
    this.#socket.on('error', ignoreLateError);
    return this.detach();
  }

  /**
   * Stops listening and gives back what was not read, for a caller that listens from now on, to errors as well: the
   * socket goes on flowing.
   */
  detach(): Buffer {
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onClose);
    this.#socket.off('error', this.#onError);
    return Buffer.concat(this.leave());
  }

  /**
   * The alternative to release for a socket that is destroyed at once: unread data is dropped, and the listeners go
   * with the socket.
   */
  drop(): void {
    this.leave();
  }

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.accept(chunk);
  };

  readonly #onEnd = (): void => {
    if (this.#asksForReset) return;
    this.#asksForReset = true;
    askForReset(this.#socket, (reset) => {
      if (reset === undefined) this.end();
      else this.fail(reset);
    });
  };

  readonly #onClose = (): void => {
    if (!this.#asksForReset) this.end();
  };

  readonly #onError = (error: Error): void => {
    // A unix socket whose peer has closed answers the question for a reset so: that is an end.
    if (this.#asksForReset && codeOf(error) === 'EPIPE') return;
    this.fail(error);
  };
}
