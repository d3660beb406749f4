type State = 'size' | 'extension' | 'size line feed' | 'data' | 'trailer line' | 'trailer' | 'last line feed';

const [LINE_FEED, RETURN, TAB, BLANK, SEMICOLON] = [10, 13, 9, 32, 59];
/** A petabyte has as many. */
const MOST_DIGITS = 13;
/** The most bytes of the extensions of one chunk, and of all trailers. */
const MOST_IDLE_BYTES = 16 * 1024;

/** Finds the end of a chunked body (RFC 9112, 7.1), strictly: lines end with carriage return and line feed. */
export class ChunkedBody {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #idle = 0;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many of these bytes belong to the body; undefined if they are no chunks. */
  take(bytes: Buffer): number | undefined {
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      if (this.#state === 'data') {
        const skipped = Math.min(this.#size, bytes.length - at);
        at += skipped;
        this.#size -= skipped;
        if (this.#size === 0) this.#begin('size');
      } else {
        const next = this.#step(bytes[at] ?? 0);
        if (next === undefined) return undefined;
        this.#state = next;
        at += 1;
      }
    }
    return at;
  }

  #begin(state: State): void {
    this.#state = state;
    this.#digits = 0;
    this.#idle = 0;
  }

  #step(byte: number): State | undefined {
    switch (this.#state) {
      case 'size':
        return this.#sizeByte(byte);
      case 'extension':
        return byte === RETURN ? 'size line feed' : this.#idleByte(byte, 'extension');
      case 'size line feed':
        return byte === LINE_FEED ? this.#afterSize() : undefined;
      case 'trailer line':
        return byte === RETURN ? 'last line feed' : this.#idleByte(byte, 'trailer');
      case 'trailer':
        return byte === LINE_FEED ? 'trailer line' : this.#idleByte(byte, 'trailer');
      case 'last line feed':
        this.#isOver = true;
        return byte === LINE_FEED ? 'size' : undefined;
      case 'data':
        return undefined;
    }
  }

  #sizeByte(byte: number): State | undefined {
    const digit = hexDigit(byte);
    if (digit !== undefined) {
      this.#size = this.#size * 16 + digit;
      this.#digits += 1;
      return this.#digits > MOST_DIGITS ? undefined : 'size';
    }
    if (this.#digits === 0) return undefined;
    if (byte === RETURN) return 'size line feed';
    return byte === SEMICOLON || byte === BLANK || byte === TAB ? 'extension' : undefined;
  }

  #afterSize(): State {
    if (this.#size === 0) return 'trailer line';
    // The line end behind the data counts with it; whether it is one is for Node's parser to say.
    this.#size += 2;
    return 'data';
  }

  #idleByte(byte: number, state: State): State | undefined {
    this.#idle += 1;
    return byte === LINE_FEED || this.#idle > MOST_IDLE_BYTES ? undefined : state;
  }
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : undefined;
}
