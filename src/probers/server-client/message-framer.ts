import type { ProbeFailure } from '../../probe/failure.js';

/** The most bytes that a server may send in one probe: sixteen times what the statistics of 1,000 tables take. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Cuts the bytes of a server into whole messages. A subclass checks their bounds before more is held. */
export abstract class MessageFramer {
  readonly #pieces: Buffer[] = [];
  #held = 0;
  #bytes = 0;
  /** The bytes that are needed of the message that has begun, head included; those of a head where none has begun. */
  protected needed: number;

  protected constructor(headBytes: number) {
    this.needed = headBytes;
  }

  /** Takes what has come, and the complete messages that begin in it, maybe none. Throws a ProbeFailure. */
  accept(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) throw this.tooLarge(`the server says more than ${MOST_BYTES} bytes`);
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.needed) return;
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    const end = this.complete(bytes);
    this.#pieces.length = 0;
    this.#held = bytes.length - end;
    if (this.#held > 0) this.#pieces.push(bytes.subarray(end));
  }

  /** Takes the messages; returns where the last complete one ends, and sets `needed` for the next. */
  protected abstract complete(bytes: Buffer): number;

  /** The failure of a server that says too much. */
  protected abstract tooLarge(text: string): ProbeFailure;
}
