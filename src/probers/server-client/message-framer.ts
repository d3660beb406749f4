import type { ProbeFailure } from '../../probe/failure.js';
import { heapRoom } from '../../probe/heap-room.js';

/** The most bytes of a server that are used in one probe: sixteen times what the statistics of 1,000 tables take. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** The most bytes that are read and left out, because they belong to answers that are too large. */
const MOST_LEFT_OUT_BYTES = 256 * 1024 * 1024;

/**
 * Cuts the bytes of a server into whole messages. A subclass checks the bounds of each before more is held, and counts
 * what it uses.
 */
export abstract class MessageFramer {
  readonly #pieces: Buffer[] = [];
  #held = 0;
  #leftOut = 0;
  #given = 0;
  /** The bytes that follow and are not read. */
  #passing = 0;
  /** The bytes that are needed of the message that has begun, head included; those of a head where none has begun. */
  protected needed: number;

  protected constructor(headBytes: number) {
    this.needed = headBytes;
  }

  /** Takes what has come, and the complete messages that begin in it, maybe none. Throws a ProbeFailure. */
  accept(come: Buffer): void {
    const passed = Math.min(this.#passing, come.length);
    this.#passing -= passed;
    const chunk = come.subarray(passed);
    if (chunk.length === 0) return;
    this.#given += chunk.length;
    heapRoom.take(chunk.length, this.#given);
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.needed) return;
    const bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    const end = this.complete(bytes);
    this.#pieces.length = 0;
    this.#held = Math.max(0, bytes.length - end);
    this.#passing = Math.max(0, end - bytes.length);
    if (this.#held > 0) this.#pieces.push(bytes.subarray(end));
  }

  /** Counts bytes that are read, but not used. Throws a ProbeFailure where there are too many. */
  protected leaveOut(bytes: number): void {
    this.#leftOut += bytes;
    if (this.#leftOut <= MOST_LEFT_OUT_BYTES) return;
    throw this.tooLarge(`more than ${MOST_LEFT_OUT_BYTES} bytes in answers that are too large`);
  }

  /**
   * Takes the messages; returns where the last complete one ends, and sets `needed` for the next. An end beyond the
   * bytes is that of a message whose rest is not read.
   */
  protected abstract complete(bytes: Buffer): number;

  /** The failure of a server that says too much. */
  protected abstract tooLarge(text: string): ProbeFailure;
}
