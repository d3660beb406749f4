import type { WebSocket } from 'ws';
import { ReadQueue } from '../../net/read-queue.js';

/** The limit for our answers to pings. */
const MOST_UNSENT_BYTES = 64 * 1024;

/**
 * A connection after the handshake, which sends and receives whole messages; `read` returns them. The caller ends it
 * with close or cut.
 */
export class WebsocketConnection extends ReadQueue {
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal;
  #closeCode: number | undefined;

  constructor(socket: WebSocket, signal: AbortSignal) {
    super(signal);
    this.#socket = socket;
    this.#signal = signal;
    socket.binaryType = 'nodebuffer';
    socket.on('message', this.#onMessage);
    socket.on('ping', this.#onPing);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** The code with which the server ended the connection; undefined as long as it has not. */
  get closeCode(): number | undefined {
    return this.#closeCode;
  }

  /** Whether the server has said goodbye, so that nothing can be sent any more. */
  get isClosing(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN && this.error === undefined;
  }

  /** Sends one message, as text or as binary; resolves once the operating system has it. Rejects as read does. */
  send(message: Uint8Array, { binary }: { readonly binary: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.error !== undefined) {
        reject(this.error);
        return;
      }
      const onAbort = (): void => {
        reject(this.error ?? new Error('aborted'));
      };
      this.#signal.addEventListener('abort', onAbort, { once: true });
      this.#socket.send(message, { binary }, (error) => {
        this.#signal.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /**
   * Sends the close frame (1000, normal closure) and leaves the rest to the background: a server that does not answer
   * is cut off, see upgrade.
   */
  close(): void {
    this.#release();
    this.#socket.resume();
    this.#socket.close(1000);
  }

  /** Ends at once. */
  cut(): void {
    this.#release();
    this.#socket.terminate();
  }

  protected override pause(): void {
    this.#socket.pause();
  }

  protected override resume(): void {
    if (this.#socket.isPaused) this.#socket.resume();
  }

  #release(): void {
    this.#socket.off('message', this.#onMessage);
    this.#socket.off('close', this.#onClose);
    this.leave();
  }

  readonly #onMessage = (data: unknown): void => {
    // The socket gives nothing but buffers, by its binaryType.
    this.accept(data as Buffer);
  };

  /** A server that pings without end and reads nothing gets no more answers. */
  readonly #onPing = (data: Buffer): void => {
    if (this.#socket.bufferedAmount < MOST_UNSENT_BYTES) this.#socket.pong(data);
  };

  readonly #onError = (error: Error): void => {
    this.fail(error);
  };

  readonly #onClose = (code: number): void => {
    this.#closeCode = code;
    this.end();
  };
}
