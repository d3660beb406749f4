const SMALLEST_BLOCK_BYTES = 64 * 1024;
/** The largest block that is allocated at once: a larger one would hold up the event loop. */
const LARGEST_BLOCK_BYTES = 1024 * 1024;

/**
 * Bytes that come in pieces and are kept: a piece costs its bytes, not an object, and what is kept is never copied
 * again. One piece alone stays what it is; more lie in blocks of shared memory, so that other threads can read them
 * without a copy.
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

  /** What was added, in order. */
  get pieces(): readonly Uint8Array[] {
    return this.#open === undefined ? this.#full : [...this.#full, this.#open.subarray(0, this.#openBytes)];
  }

  /** What was added, in one: a copy where it is more than one piece. */
  get all(): Buffer {
    return joined(this.pieces);
  }

  /** Decoded as UTF-8. */
  toString(): string {
    return this.all.toString('utf8');
  }

  #withRoom(): Uint8Array {
    const open = this.#open;
    if (open !== undefined) {
      if (open.length > this.#openBytes) return open;
      this.#full.push(open);
    }
    const bytes = Math.min(Math.max(SMALLEST_BLOCK_BYTES, this.#length), LARGEST_BLOCK_BYTES);
    this.#openBytes = 0;
    return (this.#open = new Uint8Array(new SharedArrayBuffer(bytes)));
  }
}

/** Pieces in one buffer; one alone is not copied. */
export function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first, ...others] = pieces;
  if (first === undefined || others.length > 0) return Buffer.concat(pieces);
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
}
