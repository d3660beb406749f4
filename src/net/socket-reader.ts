import type { Duplex } from 'node:stream';
import { ReadQueue } from './read-queue.js';

function ignoreLateError(): void {
  // Nobody reads the socket any more, so nobody has to be told.
}

/**
 * Reads a socket chunk by chunk on demand. It does not own the socket: whoever opened it closes it.
 */
export class SocketReader extends ReadQueue {
  readonly #socket: Duplex;

  constructor(socket: Duplex, signal: AbortSignal) {
    super(signal);
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onError);
    // A socket that another reader has released is paused, and a new listener alone does not wake it.
    this.resume();
  }

  /**
   * Stops listening, and gives back what was not read (to hand over to a TLS handshake, say). The socket is left
   * paused.
   */
  release(): Buffer {
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    // A late error without a listener would end the process; one that knows nothing lets go of what this reader holds.
    this.#socket.on('error', ignoreLateError);
    this.#socket.off('error', this.#onError);
    return Buffer.concat(this.leave());
  }

  /**
   * Instead of release, for a socket that is destroyed at once: what is not read is forgotten, and the listeners go
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
    this.end();
  };

  readonly #onError = (error: Error): void => {
    this.fail(error);
  };
}
