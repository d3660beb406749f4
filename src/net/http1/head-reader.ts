import { textOfBytes, wellFormed } from '../../values/byte-string.js';
import { goQuote } from '../../values/go/go-quote.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { SocketReader } from '../socket-reader.js';
import { HeaderFields } from './header-fields.js';
import type { HttpHeaders } from './http-headers.js';
import { MalformedResponse } from './malformed-response.js';
import { HeadTooLarge, NoResponse } from './no-head.js';

/** The status line and the headers of a response. */
export interface ResponseHead {
  /** `HTTP/1.1`, as sent. */
  readonly version: string;
  readonly status: number;
  /** The text after the status code and a blank; undefined if there is none. */
  readonly reason: string | undefined;
  readonly headers: HttpHeaders;
}

/**
 * The limits of all heads of one exchange together, interim ones included. Go's client takes 10 MiB and any number of
 * lines. No server sends as much on purpose, and every line costs a hundred times its bytes in memory.
 */
export interface HeadLimits {
  readonly bytes: number;
  readonly lines: number;
}

/** The limits for the answer of a target. */
export const HEAD_LIMITS: HeadLimits = { bytes: 1024 * 1024, lines: 10_000 };

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
/** Lines that are read before the clock is checked. */
const LINES_A_LOOK = 64;
/** A line of this length, in characters, counts as many lines for that check. */
const LONG_LINE = 16 * 1024;
/** The most bytes of a status line without an end. Until it ends, the peer may not speak HTTP at all. */
const LONGEST_STATUS_LINE_BYTES = 64 * 1024;

/** The prefix of every answer, and the most characters that an error cites of anything else. */
const HTTP = 'HTTP/';
const LONGEST_SHOWN = 64;

/**
 * Reads the heads of an answer, line by line as they arrive, each line once (RFC 9112 §2, as leniently as Go: bare line
 * feeds, folded lines).
 */
export class HeadReader {
  readonly #reader: SocketReader;
  readonly #limits: HeadLimits;
  #bytes = 0;
  #lines = 0;
  #turns = 0;

  constructor(reader: SocketReader, limits: HeadLimits = HEAD_LIMITS) {
    this.#reader = reader;
    this.#limits = limits;
  }

  /**
   * The next head; data after it stays in the reader. Rejects with MalformedResponse, HeadTooLarge, NoResponse, or as
   * the reader does.
   */
  async read(): Promise<ResponseHead> {
    const head = new HeadLines();
    const open = new OpenLine();
    for (;;) {
      const chunk = await this.#reader.read();
      if (chunk === undefined) throw this.#endedIn(open);
      const rest = await this.#takeLines(chunk, head, open);
      if (rest === undefined) continue;
      this.#reader.unread(rest);
      return head.finish();
    }
  }

  /** A peer that ends after bytes that are no HTTP speaks another protocol: a TLS alert, a frame of HTTP/2. */
  #endedIn(open: OpenLine): Error {
    const begun = open.end(NO_BYTES).slice(0, LONGEST_SHOWN);
    if (this.#lines > 0 || begun === '' || begun.startsWith(HTTP.slice(0, begun.length))) return new NoResponse();
    return new MalformedResponse(`malformed HTTP response ${goQuote(begun)}`);
  }

  /**
   * Passes the lines that end in `chunk` to `head`. Returns the data after the head once its empty line has come.
   * `open` is the line that has begun.
   */
  async #takeLines(chunk: Buffer, head: HeadLines, open: OpenLine): Promise<Buffer | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const piece = chunk.subarray(start, end + 1);
      this.#count(piece.length, head);
      if (++this.#lines > this.#limits.lines) throw new HeadTooLarge(this.#limits.lines, 'lines');
      const line = open.end(piece);
      start = end + 1;
      const isDue = this.#lines % LINES_A_LOOK === 0 || line.length > LONG_LINE;
      if (isDue && loopTurns.isOver()) await loopTurns.next(this.#turns++);
      if (head.take(withoutEnd(line))) return chunk.subarray(start);
    }
    if (start === chunk.length) return undefined;
    const rest = chunk.subarray(start);
    this.#count(rest.length, head);
    open.add(rest);
    return undefined;
  }

  #count(bytes: number, head: HeadLines): void {
    this.#bytes += bytes;
    head.bytes += bytes;
    if (!head.hasStatus && head.bytes > LONGEST_STATUS_LINE_BYTES) {
      throw new MalformedResponse(`no HTTP status line in the first ${LONGEST_STATUS_LINE_BYTES} bytes`);
    }
    if (this.#bytes > this.#limits.bytes) throw new HeadTooLarge(this.#limits.bytes);
  }
}

const NO_BYTES = Buffer.alloc(0);

/**
 * A line that comes in pieces: each is decoded when it comes, since UTF-8 takes 18 ms a MiB. Bytes that are no UTF-8
 * are kept (byte-string.ts).
 */
class OpenLine {
  #text = '';
  /** The beginning of a character of which the rest has not come. */
  #begun = NO_BYTES;

  add(piece: Buffer): void {
    const bytes = this.#begun.length === 0 ? piece : Buffer.concat([this.#begun, piece]);
    const whole = wholeCharacters(bytes);
    this.#text += textOf(bytes.subarray(0, whole));
    this.#begun = Buffer.from(bytes.subarray(whole));
  }

  /** The whole line with its last piece; the next one begins. */
  end(piece: Buffer): string {
    const text = this.#text + textOf(this.#begun.length === 0 ? piece : Buffer.concat([this.#begun, piece]));
    this.#text = '';
    this.#begun = NO_BYTES;
    return text;
  }
}

/** Node decodes valid bytes quickest; U+FFFD shows that some may not be. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? textOfBytes(bytes) : text;
}

/** How many bytes there are up to the last character if that may go on, which has at most four. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** A line without its line feed and a carriage return before it. */
function withoutEnd(line: string): string {
  return line.slice(0, line.charCodeAt(line.length - 2) === CR ? -2 : -1);
}

/** One head as its lines come. */
class HeadLines {
  bytes = 0;
  readonly #fields = new HeaderFields();
  #status: Omit<ResponseHead, 'headers'> | undefined;

  get hasStatus(): boolean {
    return this.#status !== undefined;
  }

  /** Takes a line; returns true at the end of the head. Throws MalformedResponse. */
  take(line: string): boolean {
    if (this.#status === undefined) {
      this.#status = parseStatusLine(line);
      return false;
    }
    if (line === '') return true;
    this.#fields.take(line);
    return false;
  }

  finish(): ResponseHead {
    if (this.#status === undefined) throw new MalformedResponse('malformed HTTP response ""');
    const { version, status, reason } = this.#status;
    return { version, status, reason, headers: this.#fields.finish() };
  }
}

/** Removes the blanks before a text; no other white space may stand there. */
function withoutBlanks(text: string): string {
  let start = 0;
  while (text.charCodeAt(start) === BLANK) start++;
  return text.slice(start);
}

function parseStatusLine(line: string): Omit<ResponseHead, 'headers'> {
  const space = line.indexOf(' ');
  if (space === -1) throw new MalformedResponse(`malformed HTTP response ${goQuote(line)}`);
  const version = line.slice(0, space);
  const rest = withoutBlanks(line.slice(space + 1));
  const end = rest.indexOf(' ');
  const code = end === -1 ? rest : rest.slice(0, end);
  // Three characters that Go reads as a number which is not negative.
  if (!/^(?:[+0-9][0-9]{2}|-00)$/.test(code))
    throw new MalformedResponse(`malformed HTTP status code ${goQuote(code)}`);
  if (!/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw new MalformedResponse(`malformed HTTP version ${goQuote(version)}`);
  return { version, status: Math.abs(Number(code)), reason: end === -1 ? undefined : wellFormed(rest.slice(end + 1)) };
}
