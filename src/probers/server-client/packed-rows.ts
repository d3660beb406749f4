/** One row: the values as the server writes them, null for NULL. */
export type TextRow = readonly (string | null)[];

/** The rows of an answer, each of which is read whenever somebody comes to it. */
export interface TextRows extends Iterable<TextRow> {
  readonly length: number;
}

/** Where a message begins in its bytes and how long it is, behind the number of these bytes. */
const NUMBERS_A_ROW = 3;

/**
 * Rows as the bytes that came. The texts of tens of thousands of rows would all be there before the first becomes a
 * metric, and a collection of garbage would copy every one of them.
 */
export class PackedRows implements TextRows {
  readonly #read: (message: Buffer) => TextRow;
  readonly #chunks: ArrayBufferLike[] = [];
  readonly #places: number[] = [];
  #bytes = 0;

  /** `read` makes the row of a message that was checked when it was added. */
  constructor(read: (message: Buffer) => TextRow) {
    this.#read = read;
  }

  get length(): number {
    return this.#places.length / NUMBERS_A_ROW;
  }

  /** The bytes of all messages. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a row. Its bytes must stay as they are. */
  add({ buffer, byteOffset, length }: Buffer): void {
    if (buffer !== this.#chunks.at(-1)) this.#chunks.push(buffer);
    this.#places.push(this.#chunks.length - 1, byteOffset, length);
    this.#bytes += length;
  }

  /** The same rows with bytes of their own: those that came may be a part of much more. */
  copy(): PackedRows {
    const rows = new PackedRows(this.#read);
    const bytes = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const message of this.#messages()) {
      at += message.copy(bytes, at);
      rows.add(bytes.subarray(at - message.length, at));
    }
    return rows;
  }

  *[Symbol.iterator](): Generator<TextRow, undefined> {
    for (const message of this.#messages()) yield this.#read(message);
  }

  *#messages(): Generator<Buffer, undefined> {
    for (let at = 0; at < this.#places.length; at += NUMBERS_A_ROW) {
      const [chunk = 0, start, length] = this.#places.slice(at, at + NUMBERS_A_ROW);
      yield Buffer.from(this.#chunks[chunk] ?? new ArrayBuffer(0), start, length);
    }
  }
}
