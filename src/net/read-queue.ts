import { asError } from '../values/as-error.js';
import { loopTurns } from '../values/loop-turns.js';

/** Beyond this much unread data the source is paused, so that a fast peer costs bounded memory. */
const HIGH_WATER_BYTES = 256 * 1024;
/** At this many unread pieces the source is paused too: each costs memory, and a peer may send single bytes. */
const HIGH_WATER_PIECES = 256;
/** Reads that are made without a look at the clock; an ordinary answer needs no more. */
const READS_BEFORE_TURNS = 4;

/**
 * A queue of data that a peer has sent and that has not been read. It gives one promise for each piece, applies
 * back-pressure to the source, and never misses its end. A subclass listens to a source and passes its events on.
 */
export abstract class ReadQueue {
  readonly #signal: AbortSignal;
  readonly #pieces: Buffer[] = [];
  #queuedBytes = 0;
  #reads = 0;
  #turns = 0;
  #isAborted = false;
  #hasEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** An abort of the signal takes precedence over data that has already arrived. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** Pauses the source. */
  protected abstract pause(): void;

  /** Resumes the source. It may be called for a source that is not paused. */
  protected abstract resume(): void;

  /** Why nothing can be read any more: the error of the source, or the reason of the signal. */
  protected get error(): Error | undefined {
    return this.#error;
  }

  /**
   * The next piece; undefined once the peer has ended. Rejects with the source's error or the signal's reason. A long
   * series of reads yields to the event loop when a turn is over.
   */
  async read(): Promise<Buffer | undefined> {
    if (++this.#reads > READS_BEFORE_TURNS && loopTurns.isOver()) await loopTurns.next(this.#turns++);
    for (;;) {
      if (this.#isAborted && this.#error !== undefined) throw this.#error;
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#queuedBytes -= piece.length;
        if (!this.#isFull()) this.resume();
        return piece;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#hasEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Gives back what was read too much: it comes first at the next read. */
  unread(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.unshift(piece);
    this.#queuedBytes += piece.length;
  }

  /** A piece has come. */
  protected accept(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#queuedBytes += piece.length;
    if (this.#isFull()) this.pause();
    this.#notify();
  }

  /** The peer sends no more. */
  protected end(): void {
    this.#hasEnded = true;
    this.#notify();
  }

  /** The source has failed. Readers get the data before it, then the first error. */
  protected fail(error: Error): void {
    this.#error ??= error;
    this.#notify();
  }

  /** Listens to the signal no longer, and returns what was not read. */
  protected leave(): readonly Buffer[] {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#queuedBytes = 0;
    return this.#pieces.splice(0);
  }

  readonly #onAbort = (): void => {
    this.#isAborted = true;
    this.#pieces.length = 0;
    this.#queuedBytes = 0;
    this.#error = asError(this.#signal.reason);
    this.#notify();
  };

  #isFull(): boolean {
    return this.#queuedBytes >= HIGH_WATER_BYTES || this.#pieces.length >= HIGH_WATER_PIECES;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
