import type { SocketReader } from '../socket-reader.js';
import { goQuote } from '../../values/go-quote.js';
import { loopTurns } from '../../values/loop-turns.js';
import { HeaderFields } from './header-fields.js';
import type { HttpHeaders } from './http-headers.js';
import { MalformedResponse } from './malformed-response.js';
import { HeadTooLarge, NoResponse } from './no-head.js';

export interface ResponseHead {
  /** `HTTP/1.1`, as sent. */
  readonly version: string;
  readonly status: number;
  /** What follows the status code and a blank; undefined where nothing does. */
  readonly reason: string | undefined;
  readonly headers: HttpHeaders;
}

/**
 * What the heads of one exchange may have altogether, interim ones included. Go's client takes 10 MiB and any number of lines; no server that is
 * used on purpose comes near either, and every line costs a hundred times its bytes in memory.
 */
export interface HeadLimits {
  readonly bytes: number;
  readonly lines: number;
}

/** What counts for an answer of a target. */
export const HEAD_LIMITS: HeadLimits = { bytes: 1024 * 1024, lines: 10_000 };

const LF = 0x0a;
const CR = 0x0d;
/** So many lines are looked at between two looks at the clock. */
const LINES_A_LOOK = 64;
/** A line that is worth as many. */
const LONG_LINE_BYTES = 16 * 1024;
/** What a line may have before there is an end to it, where it is still unknown whether HTTP is spoken at all. */
const LONGEST_STATUS_LINE_BYTES = 64 * 1024;

/** How an answer begins, and how much is shown of one that does not. */
const HTTP = 'HTTP/';
const LONGEST_SHOWN_BYTES = 64;

/** Reads the heads of an answer, line by line as they arrive, each line once (RFC 9112 §2, as leniently as Go: bare line feeds, folded lines). */
export class HeadReader {
  readonly #reader: SocketReader;
  readonly #limits: HeadLimits;
  #bytes = 0;
  #lines = 0;

  constructor(reader: SocketReader, limits: HeadLimits = HEAD_LIMITS) {
    this.#reader = reader;
    this.#limits = limits;
  }

  /** The next head; what follows it stays in the reader. Rejects with MalformedResponse, HeadTooLarge, NoResponse, or as the reader does. */
  async read(): Promise<ResponseHead> {
    const head = new HeadLines();
    const open: Buffer[] = [];
    for (;;) {
      const chunk = await this.#reader.read();
      if (chunk === undefined) throw this.#endedIn(open);
      const rest = await this.#takeLines(chunk, head, open);
      if (rest === undefined) continue;
      this.#reader.unread(rest);
      return head.finish();
    }
  }

  /** Who ends after something that is no HTTP speaks another protocol: a TLS alert, a frame of HTTP/2. */
  #endedIn(open: readonly Buffer[]): Error {
    const begun = Buffer.concat(open).subarray(0, LONGEST_SHOWN_BYTES).toString('utf8');
    if (this.#lines > 0 || begun === '' || begun.startsWith(HTTP.slice(0, begun.length))) return new NoResponse();
    return new MalformedResponse(`malformed HTTP response ${goQuote(begun)}`);
  }

  /** Gives `head` the lines that end in `chunk`; what lies behind the head, once its empty line has come. `open` has the pieces of a line that has begun. */
  async #takeLines(chunk: Buffer, head: HeadLines, open: Buffer[]): Promise<Buffer | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const piece = chunk.subarray(start, end + 1);
      this.#count(piece.length, head);
      if (++this.#lines > this.#limits.lines) throw new HeadTooLarge(this.#limits.lines, 'lines');
      const line = open.length === 0 ? piece : Buffer.concat([...open.splice(0), piece]);
      start = end + 1;
      const isDue = this.#lines % LINES_A_LOOK === 0 || line.length > LONG_LINE_BYTES;
      if (isDue && loopTurns.isOver()) await loopTurns.next();
      if (head.take(withoutEnd(line))) return chunk.subarray(start);
    }
    if (start === chunk.length) return undefined;
    const rest = chunk.subarray(start);
    this.#count(rest.length, head);
    open.push(rest);
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

/** A line without its line feed and a carriage return before it; header values are UTF-8 where they are not ASCII. */
function withoutEnd(line: Buffer): string {
  const end = line.length - (line[line.length - 2] === CR ? 2 : 1);
  return line.toString('utf8', 0, end);
}

/** One head as its lines come. */
class HeadLines {
  bytes = 0;
  readonly #fields = new HeaderFields();
  #status: Omit<ResponseHead, 'headers'> | undefined;

  get hasStatus(): boolean {
    return this.#status !== undefined;
  }

  /** True at the end of the head. Throws MalformedResponse. */
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
    return { ...this.#status, headers: this.#fields.finish() };
  }
}

function parseStatusLine(line: string): Omit<ResponseHead, 'headers'> {
  const space = line.indexOf(' ');
  if (space === -1) throw new MalformedResponse(`malformed HTTP response ${goQuote(line)}`);
  const version = line.slice(0, space);
  const rest = line.slice(space + 1).trimStart();
  const end = rest.indexOf(' ');
  const code = end === -1 ? rest : rest.slice(0, end);
  if (!/^[0-9]{3}$/.test(code)) throw new MalformedResponse(`malformed HTTP status code ${goQuote(code)}`);
  if (!/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw new MalformedResponse(`malformed HTTP version ${goQuote(version)}`);
  return { version, status: Number(code), reason: end === -1 ? undefined : rest.slice(end + 1) };
}
