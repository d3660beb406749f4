const BLOCK_BYTES = 64 * 1024;

/**
 * Bytes in the order in which they came, in blocks: many small pieces cost no more than their bytes, and no large one
 * is ever copied at once.
 */
export class BodyBlocks {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  #open: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const open = (this.#open ??= emptyBlock());
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      open.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) this.#closeBlock(open);
    }
  }

  /** All blocks; the last one is as long as what is in it. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.#open !== undefined) this.#closeBlock(this.#open.slice(0, this.#filled));
    return this.#full;
  }

  #closeBlock(block: Uint8Array<ArrayBuffer>): void {
    this.#full.push(block);
    this.#open = undefined;
    this.#filled = 0;
  }
}

/** An uninitialized buffer of its own, which can be transferred. All of it is overwritten before it is read. */
function emptyBlock(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(BLOCK_BYTES).buffer);
}
