import { randomBytes } from 'node:crypto';
import { MOST_WAITING_REQUESTS } from '../listeners/one-at-a-time.js';
import { ChunkedBody } from './chunked-body.js';
import { headEnd, HeldHead, withoutEmptyLines } from './held-head.js';
import { type FitHead, readHead } from './read-head.js';
import { BAD_REQUEST, HEAD_TOO_LARGE, type Refusal } from './refusal.js';

/**
 * The next bytes of the connection: a head, the given number of body bytes, a chunked body, bytes after the last
 * request that is served (nothing), or bytes that only Node's parser interprets (unknown).
 */
type Next = 'head' | number | ChunkedBody | 'nothing' | 'unknown';

/**
 * The requests of nearly all clients: one small head without body that fills a packet, with nothing in it that could be
 * read in two ways. They pass as they are; the names left out are those that rule where a request ends, but for the
 * wish to stay connected, which HTTP/1.1 has anyway. Go's clients send Host first, others anywhere.
 */
const PLAIN_HEAD =
  /^(?:GET|HEAD) \/[!-~]* HTTP\/1\.1\r\n(?:(?!host:|content-|transfer-|connection:|proxy-|keep-|upgrade:|expect:)[\w-]+:[\t -~]*\r\n|connection: keep-alive\r\n)*Host: [\w.:[\]-]+\r\n(?:(?!host:|content-|transfer-|connection:|proxy-|keep-|upgrade:|expect:)[\w-]+:[\t -~]*\r\n|connection: keep-alive\r\n)*\r\n$/i;
const LONGEST_PLAIN_HEAD = 4096;
/** The first byte of a method or of an empty line. */
const FIRST_BYTE = /^[\w!#$%&'*+.^`|~\r-]/;

/**
 * Above the limit of pipelined requests, so that `oneAtATime` sees that there are too many and ends the connection;
 * little above, since Node's parser takes up to 50 µs for each, and 64 KiB may have 2,000.
 */
const MOST_HEADS_AT_ONCE = MOST_WAITING_REQUESTS + 10;

/** The target of the request that stands for a refused one. It is random, so that no client can send it. */
export const REFUSED_URL = `/${randomBytes(16).toString('hex')}`;
const REFUSED_HEAD = Buffer.from(`GET ${REFUSED_URL} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);

const NOTHING = Buffer.alloc(0);

/**
 * The bytes of a connection on their way to Node's parser, which is stricter than Go's: heads are rewritten so that it
 * takes them, and a head that no server should take becomes a request for REFUSED_URL, which is answered in its turn.
 * Bodies pass as they are.
 */
export class HeadStream {
  readonly #mostBytes: number;
  readonly #held = new HeldHead();
  #next: Next = 'head';
  #afterBody: 'head' | 'nothing' = 'head';
  #refusal: Refusal | undefined;

  /** `mostBytes` is the limit of a head. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The bytes of a head that has begun. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** The answer to the last request of the connection, if it is refused. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Takes bytes of the connection and returns the bytes for Node's parser instead of them. */
  feed(bytes: Buffer): Buffer {
    if (this.#next === 'head' && this.#held.length === 0 && isPlainHead(bytes)) return bytes;
    const out: Buffer[] = [];
    let rest = this.#next === 'head' ? this.#held.complete(bytes, this.#mostBytes) : bytes;
    for (let heads = 0; rest.length > 0;) {
      if (this.#next !== 'head') rest = this.#passBody(rest, out);
      else if (heads >= MOST_HEADS_AT_ONCE) this.#next = 'nothing';
      else {
        rest = this.#passHead(rest, out);
        heads += 1;
      }
    }
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out);
  }

  /** Ends the connection with this answer; gives what Node's parser gets. */
  refuse(refusal: Refusal): Buffer {
    this.#held.drop();
    this.#refusal = refusal;
    this.#next = 'nothing';
    return REFUSED_HEAD;
  }

  #passBody(bytes: Buffer, out: Buffer[]): Buffer {
    const next = this.#next;
    if (next === 'nothing') return NOTHING;
    let length = bytes.length;
    if (typeof next === 'number') {
      length = Math.min(next, length);
      this.#next = next === length ? this.#afterBody : next - length;
    } else if (next instanceof ChunkedBody) {
      const taken = next.take(bytes);
      if (taken === undefined) this.#next = 'unknown';
      else if (next.isOver) this.#next = this.#afterBody;
      length = taken ?? length;
    }
    out.push(bytes.subarray(0, length));
    return bytes.subarray(length);
  }

  /** Empty lines in front of a request are passed over (RFC 9112, 2.2). */
  #passHead(bytes: Buffer, out: Buffer[]): Buffer {
    const head = withoutEmptyLines(bytes);
    if (head.length === 0) return NOTHING;
    const end = headEnd(head);
    const read = this.#read(head, end);
    if (read === undefined) this.#held.add(head);
    else if ('status' in read) out.push(this.refuse(read));
    else {
      out.push(Buffer.from(read.head, 'latin1'));
      this.#afterBody = read.staysOpen ? 'head' : 'nothing';
      if (read.framing === 'chunked') this.#next = new ChunkedBody();
      else this.#next = read.framing === 0 ? this.#afterBody : read.framing;
      return head.subarray(end);
    }
    return NOTHING;
  }

  /** Reads the head; undefined if it has no end yet, though it may get one. */
  #read(bytes: Buffer, end: number): FitHead | Refusal | undefined {
    if ((end < 0 ? bytes.length : end) > this.#mostBytes) return HEAD_TOO_LARGE;
    // A client of another protocol may never send an empty line, so its first byte decides.
    if (end < 0) return FIRST_BYTE.test(bytes.toString('latin1', 0, 1)) ? undefined : BAD_REQUEST;
    const read = readHead(bytes.toString('latin1', 0, end));
    return 'head' in read && read.head.length > this.#mostBytes ? HEAD_TOO_LARGE : read;
  }
}

function isPlainHead(bytes: Buffer): boolean {
  return bytes.length <= LONGEST_PLAIN_HEAD && PLAIN_HEAD.test(bytes.toString('latin1'));
}
