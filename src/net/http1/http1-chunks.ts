import type { SocketReader } from '../socket-reader.js';
import { HeaderFields } from './header-fields.js';
import { MalformedResponse } from './malformed-response.js';
import type { ReadBody } from './read-body.js';
import { TruncatedBody } from './truncated-body.js';

/** Longest line of the chunked framing that is accepted, as in Go. */
const LONGEST_LINE_BYTES = 4096;
/** Hexadecimal digits of a size, as in Go. */
const MOST_DIGITS = 16;
/** Lines of trailers in all. */
const MOST_TRAILER_LINES = 1000;
/**
 * How many bytes the framing may have beyond the usual ones, as in Go (net/http/internal): chunk extensions, which
 * nobody reads, must not carry an endless stream.
 */
const EXCESS_BYTES = 16 * 1024;
/** The usual framing of a chunk has this many bytes and twice the bytes of its data. */
const FRAME_BYTES = 16;

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const TAB = 0x09;

/**
 * Reads a body in chunks (RFC 9112 §7.1). What one read of the socket gave comes out in one piece, however many chunks
 * it was in.
 */
export function chunkedBody(reader: SocketReader): ReadBody {
  const decoder = new ChunkDecoder();
  return async () => {
    while (!decoder.done) {
      if (decoder.failure !== undefined) throw decoder.failure;
      const bytes = await reader.read();
      if (bytes === undefined) throw new TruncatedBody();
      const data = decoder.take(bytes);
      // What was not taken comes at the next read, which leaves the event loop to others when a turn is over.
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
  #trailerLines = 0;
  /** Nobody looks at them, but they have to be header fields. */
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

  /** Where the line that goes on at `start` ends, or the bytes do. Throws MalformedResponse. */
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
    this.#endLine(line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line);
    return end + 1;
  }

  #endLine(line: string): void {
    if (this.#state === 'line') {
      this.#left = parseChunkSize(line);
      this.#countExcess(line.length);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
    } else if (this.#state === 'data-end') {
      if (line !== '') throw new MalformedResponse('malformed chunked encoding');
      this.#state = 'line';
    } else if (line === '') {
      this.#trailers?.finish();
      this.#state = 'done';
    } else if (++this.#trailerLines > MOST_TRAILER_LINES) {
      throw new MalformedResponse('http: suspiciously long trailer after chunked body');
    } else {
      this.#trailers ??= new HeaderFields();
      this.#trailers.take(line);
    }
  }

  #countExcess(lineBytes: number): void {
    this.#excess = Math.max(0, this.#excess + lineBytes + 4 - FRAME_BYTES - 2 * this.#left);
    if (this.#excess > EXCESS_BYTES) {
      throw new MalformedResponse('chunked encoding contains too much non-data');
    }
  }
}

/** A size in hexadecimal digits; what follows a semicolon is not read. Blanks may stand at the end of the line only. */
function parseChunkSize(line: string): number {
  const semicolon = line.indexOf(';');
  const text = semicolon === -1 ? line.slice(0, endOfText(line)) : line.slice(0, semicolon);
  if (!/^[0-9A-Fa-f]+$/.test(text)) throw new MalformedResponse('invalid byte in chunk length');
  const size = Number.parseInt(text, 16);
  if (text.length > MOST_DIGITS || !Number.isSafeInteger(size)) {
    throw new MalformedResponse('http chunk length too large');
  }
  return size;
}

/** Where the blanks and tabs at the end of a line begin. */
function endOfText(line: string): number {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === BLANK || line.charCodeAt(end - 1) === TAB)) end--;
  return end;
}
