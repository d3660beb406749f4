const NO_BYTES = Buffer.alloc(0);
const SMALLEST_STORE_BYTES = 64 * 1024;

/** Bytes that come in pieces and are kept: a piece costs its bytes, not an object. One piece alone is not copied. */
export class HeldBytes {
  #store: Buffer = NO_BYTES;
  #length = 0;

  add(piece: Buffer): void {
    if (this.#length === 0) {
      this.#store = piece;
    } else {
      this.#makeRoom(piece.length);
      piece.copy(this.#store, this.#length);
    }
    this.#length += piece.length;
  }

  /** What was added, in one; it may share its memory with the next piece that is added. */
  get all(): Buffer {
    return this.#length === this.#store.length ? this.#store : this.#store.subarray(0, this.#length);
  }

  #makeRoom(bytes: number): void {
    if (this.#store.length - this.#length >= bytes) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST_STORE_BYTES, 2 * (this.#length + bytes)));
    this.#store.copy(larger, 0, 0, this.#length);
    this.#store = larger;
  }
}
