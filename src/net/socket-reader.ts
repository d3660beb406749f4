import type { Duplex } from 'node:stream';
import { asError } from '../values/as-error.js';
import { loopTurns } from '../values/loop-turns.js';

/** Beyond this much unread data the socket is paused, so that a fast peer costs bounded memory. */
const HIGH_WATER_BYTES = 256 * 1024;
/** At this many unread chunks the socket is paused too: each costs memory, and a peer may send single bytes. */
const HIGH_WATER_CHUNKS = 256;
/** So many reads are made without a look at the clock; an ordinary answer needs no more. */
const READS_BEFORE_TURNS = 4;

function ignoreLateError(): void {
  // Nobody reads the socket any more, so nobody has to be told.
}

/**
 * Reads a socket chunk by chunk on demand: one promise a chunk, back-pressure, and an end that cannot be missed.
 * It does not own the socket: whoever opened it closes it.
 */
export class SocketReader {
  readonly #socket: Duplex;
  readonly #signal: AbortSignal;
  readonly #chunks: Buffer[] = [];
  #queuedBytes = 0;
  #reads = 0;
  #aborted = false;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Duplex, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onError);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
    // A socket that another reader has released is paused, and a new listener alone does not wake it.
    if (socket.isPaused()) socket.resume();
  }

  /**
   * The next chunk; undefined once the peer has ended. Rejects with the socket's error or the signal's reason; the
   * signal's end holds whatever has arrived. Whoever reads on and on leaves the event loop to others when a turn is
   * over.
   */
  async read(): Promise<Buffer | undefined> {
    if (++this.#reads > READS_BEFORE_TURNS && loopTurns.isOver()) await loopTurns.next();
    for (;;) {
      if (this.#aborted && this.#error !== undefined) throw this.#error;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#queuedBytes -= chunk.length;
        if (!this.#isFull() && this.#socket.isPaused()) this.#socket.resume();
        return chunk;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Gives back what was read too much: it comes first at the next read. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#queuedBytes += chunk.length;
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
    this.#signal.removeEventListener('abort', this.#onAbort);
    return Buffer.concat(this.#chunks.splice(0));
  }

  /**
   * Instead of release, for a socket that is destroyed at once: what is not read is forgotten, and the listeners go
   * with the socket.
   */
  drop(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#chunks.length = 0;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#isFull()) this.#socket.pause();
    this.#notify();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#notify();
  };

  readonly #onError = (error: Error): void => {
    this.#error ??= error;
    this.#notify();
  };

  /** The probe is over: data that is already here does not count any more. */
  readonly #onAbort = (): void => {
    this.#aborted = true;
    this.#chunks.length = 0;
    this.#error = asError(this.#signal.reason);
    this.#notify();
  };

  #isFull(): boolean {
    return this.#queuedBytes >= HIGH_WATER_BYTES || this.#chunks.length >= HIGH_WATER_CHUNKS;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
