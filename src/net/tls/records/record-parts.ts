const HEADER_BYTES = 5;
const LENGTH_AT = 3;
/** A record may come in many pieces, of which so many are kept apart. */
const MOST_PARTS = 16;

/** A record of TLS that has begun and not ended, in the pieces in which it comes. */
export class RecordParts {
  #parts: Buffer[] = [];
  #have = 0;

  get isEmpty(): boolean {
    return this.#have === 0;
  }

  get length(): number {
    return this.#have;
  }

  /** Whether all of it has come. */
  get isWhole(): boolean {
    return this.#have >= HEADER_BYTES && this.#have === this.#wanted;
  }

  /** Keeps what is of this record, and returns how much that is. */
  add(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.isWhole) {
      const part = bytes.subarray(at, at + this.#wanted - this.#have);
      this.#parts.push(part);
      this.#have += part.length;
      at += part.length;
      if (this.#parts.length > MOST_PARTS) this.bytes();
    }
    return at;
  }

  octetAt(offset: number): number {
    let at = offset;
    for (const part of this.#parts) {
      if (at < part.length) return part[at] ?? 0;
      at -= part.length;
    }
    return 0;
  }

  /** All of it that has come. */
  bytes(): Buffer {
    const [first] = this.#parts;
    const all = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }

  clear(): void {
    this.#parts = [];
    this.#have = 0;
  }

  /** The length of the record, or of its header as long as that is not whole. */
  get #wanted(): number {
    if (this.#have < HEADER_BYTES) return HEADER_BYTES;
    return HEADER_BYTES + this.octetAt(LENGTH_AT) * 256 + this.octetAt(LENGTH_AT + 1);
  }
}
