import type { SocketReader } from '../../net/socket-reader.js';

const LF = 0x0a;
const CR = 0x0d;

/**
 * The longest line that is read, with its line feed, in bytes; that of Go's bufio.Scanner. Nothing larger is ever held
 * for a match.
 */
export const LARGEST_LINE_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

/** The error of a line of more than LARGEST_LINE_BYTES without an end. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError';
}

/**
 * Received data that was not used yet. Lines and counted bytes are taken from the same store, so that nothing is lost
 * between them.
 */
export class ReceiveBuffer {
  readonly #reader: SocketReader;
  #store: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #received = 0;

  constructor(reader: SocketReader) {
    this.#reader = reader;
  }

  /** How many bytes were received in all. */
  get receivedBytes(): number {
    return this.#received;
  }

  /** The data at present; only valid until the next call of any method. */
  get content(): Buffer {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** Waits for more; false once the peer has ended. Rejects with the socket's error or the signal's reason. */
  async receive(): Promise<boolean> {
    return this.#take(await this.#reader.read());
  }

  #take(chunk: Buffer | undefined): boolean {
    if (chunk === undefined) return false;
    this.#received += chunk.length;
    this.#append(chunk);
    return true;
  }

  /** Drops the first `bytes` bytes of the content: they have been used. */
  consume(bytes: number): void {
    this.#start += bytes;
  }

  /**
   * The next line without its line feed and one carriage return before it; at the end also one without line feed, if it
   * is not empty. Undefined at the end. Only valid until the next call of any method. Rejects as receive does, or with
   * TooLongError.
   */
  async readLine(): Promise<Buffer | undefined> {
    let searched = 0;
    for (;;) {
      const content = this.content;
      const length = content.indexOf(LF, searched);
      if (length >= LARGEST_LINE_BYTES || (length < 0 && content.length >= LARGEST_LINE_BYTES)) {
        throw new TooLongError('bufio.Scanner: token too long');
      }
      if (length >= 0) {
        this.consume(length + 1);
        return withoutCarriageReturn(content.subarray(0, length));
      }
      searched = content.length;
      if (this.#take(await this.#reader.read())) continue;
      this.consume(searched);
      return searched === 0 ? undefined : withoutCarriageReturn(content);
    }
  }

  /** Ends reading: gives back what was not used, and leaves the socket paused. */
  release(): Buffer {
    const unread = this.#reader.release();
    return this.content.length === 0 ? unread : Buffer.concat([this.content, unread]);
  }

  /** Into the room that is left, else into twice as much, so that many small pieces cost no more than one large one. */
  #append(chunk: Buffer): void {
    const length = this.#end - this.#start;
    if (length === 0) {
      this.#store = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#store.length - this.#end < chunk.length) this.#makeRoom(length, chunk.length);
    chunk.copy(this.#store, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Makes room. If as much has been used as is left, the rest moves into its place, so that endless lines need no store
   * but the first one.
   */
  #makeRoom(length: number, more: number): void {
    const fits = this.#start >= length && this.#store.length >= length + more;
    const store = fits ? this.#store : Buffer.allocUnsafe(2 * (length + more));
    this.#store.copy(store, 0, this.#start, this.#end);
    this.#store = store;
    this.#start = 0;
    this.#end = length;
  }
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CR ? line.subarray(0, -1) : line;
}
