/** The limits of one reply, beside its bytes. Lengths are in bytes. */
export interface ReplyLimits {
  readonly lineBytes: number;
  readonly values: number;
  readonly depth: number;
}

/** The server sent something that is not RESP2, or that exceeds a limit. The connection cannot be used any more. */
export class ReplyRefused extends Error {
  override readonly name = 'ReplyRefused';
}

const LF = 0x0a;
const CR = 0x0d;
const NUMBER = /^-?\d{1,19}$/;
const REDIRECTS = /^(?:MOVED|ASK)(?: |$)/;
/** A slot, and where it is: `MOVED 3999 127.0.0.1:6381`. */
const REDIRECTION = /^(?:MOVED|ASK) \d{1,5} [^ ]{1,300}:\d{1,5}$/;
/** The end of a redirection that is shown; anything may stand there. */
const MOST_SHOWN = 100;

/**
 * Follows the bytes of a connection, and refuses what the client library would hold without bound or reserve memory
 * for: announcements beyond the limits (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). It also
 * refuses what the library does not check: replies to nothing, of which it makes errors without end or, of some, an
 * exception that ends the process, and redirections that are none. Its work is linear in the bytes of lines; texts are
 * passed over.
 */
export class ReplyGuard {
  readonly #limits: ReplyLimits;
  /** The most bytes of each reply that is still to come, in the order of the requests. */
  readonly #expected: number[] = [];
  /** The number of values that are still to come in each open list. */
  readonly #open: number[] = [];
  #line = '';
  /** Bytes of a text, with its end, that are still to come. */
  #skip = 0;
  #bytes = 0;
  #values = 0;

  constructor(limits: ReplyLimits) {
    this.#limits = limits;
  }

  /** A request was sent; its reply has so many bytes at most. */
  expect(replyBytes: number): void {
    this.#expected.push(replyBytes);
  }

  /** Takes the next bytes; throws ReplyRefused. */
  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#skip > 0 ? this.#pass(chunk, at) : this.#readLine(chunk, at);
  }

  #pass(chunk: Buffer, at: number): number {
    const length = Math.min(this.#skip, chunk.length - at);
    this.#skip -= length;
    if (this.#skip === 0) this.#endValue();
    return at + length;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    const to = end < 0 ? chunk.length : end + 1;
    if (this.#line.length + to - at > this.#limits.lineBytes) throw new ReplyRefused('a line that is too long');
    this.#line += chunk.toString('latin1', at, to);
    if (end < 0) return to;
    const line = this.#line;
    this.#line = '';
    if (line.charCodeAt(line.length - 2) !== CR) throw new ReplyRefused('a line that does not end with CR LF');
    this.#count(line.length);
    this.#begin(line.charAt(0), line.slice(1, -2));
    return to;
  }

  #begin(kind: string, rest: string): void {
    if (this.#expected.length === 0) throw new ReplyRefused('a reply to nothing');
    if (++this.#values > this.#limits.values) throw new ReplyRefused('too many values');
    if (kind === '-' && REDIRECTS.test(rest) && !REDIRECTION.test(rest)) {
      throw new ReplyRefused(`a redirection that is none: ${JSON.stringify(rest.slice(0, MOST_SHOWN))}`);
    }
    if (kind === '+' || kind === '-') this.#endValue();
    else if (kind === ':') {
      if (!NUMBER.test(rest)) throw new ReplyRefused('a number that is none');
      this.#endValue();
    } else if (kind === '$') this.#beginText(lengthOf(rest));
    else if (kind === '*') this.#beginList(lengthOf(rest));
    else throw new ReplyRefused(`a value that begins with ${JSON.stringify(kind)}`);
  }

  #beginText(length: number): void {
    if (length < 0) {
      this.#endValue();
      return;
    }
    this.#count(length + 2);
    this.#skip = length + 2;
  }

  #beginList(length: number): void {
    if (length > this.#limits.values - this.#values) throw new ReplyRefused('a list that is too long');
    if (length <= 0) {
      this.#endValue();
      return;
    }
    if (this.#open.length >= this.#limits.depth) throw new ReplyRefused('lists that are too deep');
    this.#open.push(length);
  }

  #endValue(): void {
    while (this.#open.length > 0) {
      const left = (this.#open.pop() ?? 0) - 1;
      if (left > 0) {
        this.#open.push(left);
        return;
      }
    }
    this.#bytes = 0;
    this.#values = 0;
    this.#expected.shift();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > (this.#expected[0] ?? this.#limits.lineBytes))
      throw new ReplyRefused('a reply that is too large');
  }
}

function lengthOf(rest: string): number {
  const length = NUMBER.test(rest) ? Number(rest) : NaN;
  if (!(length >= -1)) throw new ReplyRefused('a length that is none');
  return length;
}
