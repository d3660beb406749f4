import { isUtf8 } from 'node:buffer';
import { replacedText } from './byte-string.js';
import { loopTurns } from './loop-turns.js';

const SMALLEST_BLOCK_BYTES = 64 * 1024;
/** The largest block that is allocated at once: a larger one would hold up the event loop. */
const LARGEST_BLOCK_BYTES = 1024 * 1024;

/** Bytes that own their whole ArrayBuffer, which can be transferred. */
export type OwnBytes = Uint8Array<ArrayBuffer>;

/**
 * Bytes that come in pieces and are kept: a piece costs its bytes, not an object. One piece alone stays what it is;
 * more lie in blocks of their own, which another thread can have without a copy. The memory is not shared: V8 does not
 * count shared memory, and lets any amount of it lie.
 */
export class HeldBytes {
  readonly #full: Uint8Array[] = [];
  /** The block that is being filled, or the only piece. */
  #open: Uint8Array | undefined;
  #openBytes = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#open === undefined) {
      this.#open = piece;
      this.#openBytes = piece.length;
      return;
    }
    for (let at = 0; at < piece.length;) {
      const open = this.#withRoom();
      const bytes = Math.min(piece.length - at, open.length - this.#openBytes);
      open.set(piece.subarray(at, at + bytes), this.#openBytes);
      this.#openBytes += bytes;
      at += bytes;
    }
  }

  /** The added bytes in order, as pieces that share this object's memory. */
  get pieces(): readonly Uint8Array[] {
    return this.#open === undefined ? this.#full : [...this.#full, this.#open.subarray(0, this.#openBytes)];
  }

  /**
   * The added bytes in order, for transfer to another thread, which then frees their memory. This object is empty
   * afterwards.
   */
  handOver(): readonly OwnBytes[] {
    const [first, ...blocks] = this.pieces;
    this.#full.length = 0;
    this.#open = undefined;
    this.#openBytes = 0;
    this.#length = 0;
    // The first piece may be part of a larger buffer, so it is copied; the others are blocks of #withRoom.
    return first === undefined ? [] : [new Uint8Array(first), ...(blocks as OwnBytes[])];
  }

  /** Returns a copy of the bytes, made in turns with other work. */
  async copied(): Promise<HeldBytes> {
    const copy = new HeldBytes();
    for (const piece of this.pieces) {
      if (loopTurns.isOver()) await loopTurns.next();
      copy.add(piece);
    }
    return copy;
  }

  /** The added bytes as one Buffer: a copy if they are more than one piece. */
  get all(): Buffer {
    return joined(this.pieces);
  }

  get isUtf8(): boolean {
    return isUtf8(this.all);
  }

  /** Decoded as UTF-8, as Go does it. */
  toString(): string {
    return replacedText(this.all);
  }

  #withRoom(): Uint8Array {
    const open = this.#open;
    if (open !== undefined) {
      if (open.length > this.#openBytes) return open;
      this.#full.push(open);
    }
    const bytes = Math.min(Math.max(SMALLEST_BLOCK_BYTES, this.#length), LARGEST_BLOCK_BYTES);
    this.#openBytes = 0;
    return (this.#open = Buffer.allocUnsafeSlow(bytes));
  }
}

/** Pieces in one buffer; one alone is not copied. */
export function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first, ...others] = pieces;
  if (first === undefined || others.length > 0) return Buffer.concat(pieces);
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
}
