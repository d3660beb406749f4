import type { WebSocket } from 'ws';
import { asError } from '../../values/as-error.js';
import { loopTurns } from '../../values/loop-turns.js';

/**
 * More unread messages than this, in number or in bytes, and the socket is paused: a server that floods costs bounded
 * memory.
 */
const MOST_UNREAD_MESSAGES = 256;
const MOST_UNREAD_BYTES = 256 * 1024;

/** The limit for our answers to pings. */
const MOST_UNSENT_BYTES = 64 * 1024;

/**
 * A connection after the handshake: whole messages in, whole messages out. Whoever got it ends it, with close or cut.
 */
export class WebsocketConnection {
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal;
  readonly #unread: Buffer[] = [];
  #unreadBytes = 0;
  #closeCode: number | undefined;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.binaryType = 'nodebuffer';
    socket.on('message', this.#onMessage);
    socket.on('ping', this.#onPing);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** The code with which the server ended the connection; undefined as long as it has not. */
  get closeCode(): number | undefined {
    return this.#closeCode;
  }

  /** Whether the server has said goodbye, so that nothing can be sent any more. */
  get isClosing(): boolean {
    return this.#socket.readyState !== this.#socket.OPEN && this.#error === undefined;
  }

  /**
   * The next message; undefined once the server has closed. Rejects with the connection's error or the signal's reason.
   * Whoever reads on and on leaves the event loop to others when a turn is over.
   */
  async read(): Promise<Buffer | undefined> {
    if (loopTurns.isOver()) await loopTurns.next();
    for (;;) {
      const message = this.#unread.shift();
      if (message !== undefined) {
        this.#unreadBytes -= message.length;
        if (!this.#isFull() && this.#socket.isPaused) this.#socket.resume();
        return message;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#closeCode !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends one message, as text or as binary; resolves once the operating system has it. Rejects as read does. */
  send(message: Uint8Array, { binary }: { readonly binary: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      const onAbort = (): void => {
        reject(this.#error ?? new Error('aborted'));
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
   * Says goodbye (1000, normal closure) and leaves the rest to the background: a server that does not answer is cut,
   * see upgrade.
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

  #release(): void {
    this.#socket.off('message', this.#onMessage);
    this.#socket.off('close', this.#onClose);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#unread.length = 0;
  }

  #isFull(): boolean {
    return this.#unread.length >= MOST_UNREAD_MESSAGES || this.#unreadBytes >= MOST_UNREAD_BYTES;
  }

  readonly #onMessage = (data: unknown): void => {
    // The socket gives nothing but buffers, by its binaryType.
    const message = data as Buffer;
    this.#unread.push(message);
    this.#unreadBytes += message.length;
    if (this.#isFull()) this.#socket.pause();
    this.#notify();
  };

  /** A server that pings without end and reads nothing gets no more answers. */
  readonly #onPing = (data: Buffer): void => {
    if (this.#socket.bufferedAmount < MOST_UNSENT_BYTES) this.#socket.pong(data);
  };

  readonly #onError = (error: Error): void => {
    this.#error ??= error;
    this.#notify();
  };

  readonly #onClose = (code: number): void => {
    this.#closeCode = code;
    this.#notify();
  };

  readonly #onAbort = (): void => {
    this.#unread.length = 0;
    this.#error = asError(this.#signal.reason);
    this.#notify();
  };

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
