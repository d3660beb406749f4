/** The limits of one reply. Lengths are in bytes. */
export interface ReplyLimits {
  readonly replyBytes: number;
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

/**
 * Follows the bytes of a connection, and refuses what the client library would hold without bound or reserve memory
 * for: announcements beyond the limits (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). Its work
 * is linear in the bytes of lines; texts are passed over.
 */
export class ReplyGuard {
  readonly #limits: ReplyLimits;
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
    if (++this.#values > this.#limits.values) throw new ReplyRefused('too many values');
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
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.replyBytes) throw new ReplyRefused('a reply that is too large');
  }
}

function lengthOf(rest: string): number {
  const length = NUMBER.test(rest) ? Number(rest) : NaN;
  if (!(length >= -1)) throw new ReplyRefused('a length that is none');
  return length;
}
