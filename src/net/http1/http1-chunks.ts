import type { SocketReader } from '../socket-reader.js';
import { HeaderFields } from './header-fields.js';
import { MalformedResponse } from './malformed-response.js';
import type { ReadBody } from './read-body.js';
import { TruncatedBody } from './truncated-body.js';

/** Longest line of the chunked framing that is accepted, as in Go. */
const LONGEST_LINE_BYTES = 4096;
/** Hexadecimal digits of a size, as in Go. */
const MOST_DIGITS = 16;
/** The most bytes of all trailers together, with their ends of lines, as in Go (the buffer of its reader). */
const MOST_TRAILER_BYTES = 4096;
/**
 * How many bytes the framing may have beyond the usual ones, as in Go (net/http/internal): chunk extensions, which
 * nobody reads, must not carry an endless stream.
 */
const EXCESS_BYTES = 16 * 1024;
/** The usual framing of a chunk has this many bytes and twice the bytes of its data. */
const FRAME_BYTES = 16;

const LF = 0x0a;
const BLANK = 0x20;
const TAB = 0x09;

/**
 * Reads a chunked body (RFC 9112 §7.1). All data of one read of the socket comes as one piece, however many chunks it
 * had.
 */
export function chunkedBody(reader: SocketReader): ReadBody {
  const decoder = new ChunkDecoder();
  return async () => {
    while (!decoder.done) {
      if (decoder.failure !== undefined) throw decoder.failure;
      const bytes = await reader.read();
      if (bytes === undefined) throw new TruncatedBody();
      const data = decoder.take(bytes);
      // The rest comes at the next read, which yields to the event loop when a turn is over.
      reader.unread(bytes.subarray(decoder.taken));
      if (data.length > 0) return data;
    }
    return undefined;
  };
}

/** Lines of the framing that are taken in one step: a piece of the wire may have ten thousand. */
const LINES_A_STEP = 128;

/** The state of the framing between two pieces of the wire. */
export class ChunkDecoder {
  #state: 'line' | 'data' | 'data-end' | 'trailers' | 'done' = 'line';
  /** The bytes of the chunk's data that are still to come. */
  #left = 0;
  #line = '';
  #trailerBytes = 0;
  /** Whether the trailer before ended with CR and LF. */
  #isTrailerWhole = true;
  /** The trailer fields. Nobody looks at them, but they have to be well-formed. */
  #trailers: HeaderFields | undefined;
  #excess = 0;
  #failure: Error | undefined;
  #taken = 0;

  /** Whether the body has come to its end. */
  get done(): boolean {
    return this.#state === 'done';
  }

  /** A MalformedResponse once the framing is broken; the data before that count. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** How many of the bytes were taken the last time. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * The data in the next bytes, which are rewritten in place for it; where there is much framing, only in the first of
   * them, see `taken`.
   */
  take(bytes: Buffer): Buffer {
    let at = 0;
    let written = 0;
    let lines = 0;
    try {
      while (at < bytes.length && lines < LINES_A_STEP && this.#state !== 'done') {
        if (this.#state === 'data') {
          const length = Math.min(this.#left, bytes.length - at);
          if (at !== written) bytes.copyWithin(written, at, at + length);
          written += length;
          at += length;
          this.#left -= length;
          if (this.#left === 0) this.#state = 'data-end';
        } else {
          at = this.#takeLine(bytes, at);
          lines++;
        }
      }
    } catch (error) {
      if (!(error instanceof MalformedResponse)) throw error;
      this.#failure = error;
    }
    this.#taken = at;
    return bytes.subarray(0, written);
  }

  /** The end of the line that continues at `start`, or of the bytes. Throws MalformedResponse. */
  #takeLine(bytes: Buffer, start: number): number {
    const end = bytes.indexOf(LF, start);
    const stop = end === -1 ? bytes.length : end;
    if (this.#line.length + stop - start > LONGEST_LINE_BYTES) throw new MalformedResponse('header line too long');
    const line = this.#line + bytes.toString('latin1', start, stop);
    if (end === -1) {
      this.#line = line;
      return stop;
    }
    this.#line = '';
    this.#endLine(line);
    return end + 1;
  }

  /** `line` is without its line feed. */
  #endLine(line: string): void {
    if (this.#state === 'line') {
      const size = withoutCarriageReturn(line);
      this.#left = parseChunkSize(size);
      this.#countExcess(size.length);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
    } else if (this.#state === 'data-end') {
      if (line !== '\r') throw new MalformedResponse('malformed chunked encoding');
      this.#state = 'line';
    } else {
      this.#takeTrailer(line);
    }
  }

  /** Trailers may end with LF alone, but for the last one and the empty line, by which Go finds where they end. */
  #takeTrailer(line: string): void {
    const isWhole = line.endsWith('\r');
    const text = isWhole ? line.slice(0, -1) : line;
    this.#trailerBytes += line.length + 1;
    const isEnd = text === '';
    const isLong = this.#trailerBytes > MOST_TRAILER_BYTES;
    if (isLong || (isEnd && !(isWhole && this.#isTrailerWhole))) {
      throw new MalformedResponse('http: suspiciously long trailer after chunked body');
    }
    this.#isTrailerWhole = isWhole;
    if (isEnd) {
      this.#trailers?.finish();
      this.#state = 'done';
    } else {
      this.#trailers ??= new HeaderFields();
      this.#trailers.take(text);
    }
  }

  #countExcess(lineBytes: number): void {
    this.#excess = Math.max(0, this.#excess + lineBytes + 4 - FRAME_BYTES - 2 * this.#left);
    if (this.#excess > EXCESS_BYTES) {
      throw new MalformedResponse('chunked encoding contains too much non-data');
    }
  }
}

/**
 * The line of a size without its end. LF alone ends none, and no CR stands within (RFC 9112 §7.1): whoever reads one
 * of these differently sees other chunks.
 */
function withoutCarriageReturn(line: string): string {
  const at = line.indexOf('\r');
  if (at === -1) throw new MalformedResponse('chunked line ends with bare LF');
  if (at !== line.length - 1) throw new MalformedResponse('invalid CR in chunked line');
  return line.slice(0, -1);
}

/** A size in hexadecimal digits; text after a semicolon is ignored. Blanks are allowed at the end of the line only. */
function parseChunkSize(line: string): number {
  const semicolon = line.indexOf(';');
  const text = semicolon === -1 ? line.slice(0, endOfText(line)) : line.slice(0, semicolon);
  if (!/^[0-9A-Fa-f]+$/.test(text)) throw new MalformedResponse('invalid byte in chunk length');
  if (text.length > MOST_DIGITS) throw new MalformedResponse('http chunk length too large');
  return Number.parseInt(text, 16);
}

/** The start of trailing blanks and tabs in a line. */
function endOfText(line: string): number {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === BLANK || line.charCodeAt(end - 1) === TAB)) end--;
  return end;
}
