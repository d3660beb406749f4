const [LINE_FEED, RETURN] = [10, 13];
const NOTHING = Buffer.alloc(0);

/** This many small pieces are joined to one, as each takes memory of its own. */
const MOST_PIECES = 32;

/** The received part of an incomplete head. */
export class HeldHead {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes));
    this.#length += bytes.length;
    if (this.#pieces.length > MOST_PIECES) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  drop(): void {
    this.#pieces = [];
    this.#length = 0;
  }

  /**
   * Returns the whole head with these bytes, if they bring its end or pass its limit. Otherwise it returns nothing and
   * holds them. Each byte is looked at once.
   */
  complete(bytes: Buffer, mostBytes: number): Buffer {
    if (this.#length === 0) return bytes;
    const before = this.#length > 1 ? this.#lastBytes() : (this.#pieces[0] ?? NOTHING);
    this.add(bytes);
    if (this.#length <= mostBytes && headEnd(Buffer.concat([before, bytes])) < 0) return NOTHING;
    const all = Buffer.concat(this.#pieces);
    this.drop();
    return all;
  }

  /** The two that an empty line could begin with. */
  #lastBytes(): Buffer {
    const last = this.#pieces.at(-1) ?? NOTHING;
    return last.length > 1 ? last.subarray(-2) : Buffer.concat([...this.#pieces.slice(-2)]).subarray(-2);
  }
}

/** The end of the first empty line; -1 if there is none. */
export function headEnd(bytes: Buffer): number {
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    const next = bytes[at + 1];
    if (next === LINE_FEED) return at + 2;
    if (next === RETURN && bytes[at + 2] === LINE_FEED) return at + 3;
  }
  return -1;
}

/** The bytes behind empty lines. */
export function withoutEmptyLines(bytes: Buffer): Buffer {
  let at = 0;
  for (;;) {
    if (bytes[at] === LINE_FEED) at += 1;
    else if (bytes[at] === RETURN && bytes[at + 1] === LINE_FEED) at += 2;
    else return bytes.subarray(at);
  }
}
