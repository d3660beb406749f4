import type { SocketReader } from '../../net/socket-reader.js';
import { loopTurns } from '../../values/loop-turns.js';

/** An error that the server answers with, such as `NOAUTH Authentication required.` */
export class RespError {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value of RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). Integers beyond 2^53 are rounded. */
export type RespValue = string | number | null | RespError | readonly RespValue[];

/** The bytes of the server are no RESP. */
export class RespSyntax extends Error {
  override readonly name = 'RespSyntax';
}

/** The server sends, or announces, more than may be held. */
export class RespTooLarge extends Error {
  override readonly name = 'RespTooLarge';
}

/** The server ended the connection before the answer was complete. */
export class RespEnd extends Error {
  override readonly name = 'RespEnd';
}

/** The limits of one answer: INFO has some ten kilobytes, with hundreds of commands and databases a few hundred. */
export const RESP_LIMITS = { lineBytes: 16 * 1024, answerBytes: 1024 * 1024, values: 20_000, depth: 8 } as const;

/** After this many values somebody else may be waiting for the event loop. */
const VALUES_A_LOOK = 64;

const DOLLAR = 0x24;
const COLON = 0x3a;
/** The bytes of a line that has a kind, a number of up to twenty digits with its sign, and CR. */
const LONGEST_NUMBER = 23;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Reads answers from a connection, each within RESP_LIMITS. No memory is reserved for lengths that are only announced.
 */
export class RespReader {
  readonly #reader: SocketReader;
  #held: Buffer = Buffer.alloc(0);
  #at = 0;
  #bytes = 0;
  #values = 0;
  #turns = 0;

  constructor(reader: SocketReader) {
    this.#reader = reader;
  }

  /** Waits for a turn of the event loop, counted with those that the answers so far have taken. */
  turn(): Promise<void> {
    return loopTurns.next(this.#turns++);
  }

  /** The bytes of the answer that was read last. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The next answer. Rejects with RespSyntax, RespTooLarge, RespEnd, or what the reader rejects with; the connection is
   * of no use any more then.
   */
  async read(): Promise<RespValue> {
    this.#bytes = 0;
    this.#values = 0;
    return this.#readValue(0);
  }

  async #readValue(depth: number): Promise<RespValue> {
    if (++this.#values > RESP_LIMITS.values) throw new RespTooLarge(`more than ${RESP_LIMITS.values} values`);
    if (this.#values % VALUES_A_LOOK === 0 && loopTurns.isOver()) await this.turn();
    const line = await this.#readLine();
    const rest = line.slice(1);
    switch (line.charAt(0)) {
      case '+':
        return rest;
      case '-':
        return new RespError(rest);
      case ':':
        return integer(rest);
      case '$':
        return this.#readText(size(rest));
      case '*':
        return this.#readList(size(rest), depth);
      default:
        throw new RespSyntax(`unexpected beginning ${JSON.stringify(line.slice(0, 40))}`);
    }
  }

  /** A list is filled value by value, so that its announced length costs nothing. */
  async #readList(length: number, depth: number): Promise<readonly RespValue[] | null> {
    if (length < 0) return null;
    if (length > RESP_LIMITS.values) throw new RespTooLarge(`a list of ${length} values`);
    if (depth >= RESP_LIMITS.depth) throw new RespTooLarge(`lists more than ${RESP_LIMITS.depth} deep`);
    const list: RespValue[] = [];
    while (list.length < length) list.push(this.#heldScalar() ?? (await this.#readValue(depth + 1)));
    return list;
  }

  /**
   * A text or an integer that has come as a whole, which needs no wait; undefined for anything else, which is left to
   * be read.
   */
  #heldScalar(): string | number | undefined {
    if ((this.#values + 1) % VALUES_A_LOOK === 0 || this.#values >= RESP_LIMITS.values) return undefined;
    const kind = this.#held[this.#at];
    if (kind !== DOLLAR && kind !== COLON) return undefined;
    const end = this.#held.indexOf(LF, this.#at);
    if (end - this.#at > LONGEST_NUMBER || this.#held[end - 1] !== CR) return undefined;
    const number = integer(this.#held.toString('latin1', this.#at + 1, end - 1));
    if (kind === COLON) return this.#takeScalar(end + 1, number);
    const textEnd = end + 1 + number;
    if (number < 0 || this.#held[textEnd] !== CR || this.#held[textEnd + 1] !== LF) return undefined;
    return this.#takeScalar(textEnd + 2, this.#held.toString('utf8', end + 1, textEnd));
  }

  #takeScalar<T>(end: number, value: T): T {
    this.#values++;
    this.#count(end - this.#at);
    this.#at = end;
    return value;
  }

  async #readText(length: number): Promise<string | null> {
    if (length < 0) return null;
    this.#count(length + 2);
    await this.#need(length + 2);
    const end = this.#at + length;
    if (this.#held[end] !== CR || this.#held[end + 1] !== LF)
      throw new RespSyntax('a text does not end where it should');
    const text = this.#held.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return text;
  }

  async #readLine(): Promise<string> {
    let from = this.#at;
    for (;;) {
      const end = this.#held.indexOf(LF, from);
      if (end >= 0) {
        if (this.#held[end - 1] !== CR || end - 1 < this.#at) throw new RespSyntax('a line without CR LF');
        const line = this.#held.toString('utf8', this.#at, end - 1);
        this.#count(end + 1 - this.#at);
        this.#at = end + 1;
        return line;
      }
      const length = this.#held.length - this.#at;
      if (length > RESP_LIMITS.lineBytes) throw new RespTooLarge(`a line of more than ${RESP_LIMITS.lineBytes} bytes`);
      await this.#more();
      // Making room moves what is held to its beginning.
      from = this.#at + length;
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= RESP_LIMITS.answerBytes) return;
    throw new RespTooLarge(`an answer of more than ${RESP_LIMITS.answerBytes} bytes`);
  }

  /** Waits until so many bytes are held. Chunks are joined once, at the end. */
  async #need(length: number): Promise<void> {
    let missing = this.#at + length - this.#held.length;
    if (missing <= 0) return;
    const chunks = [this.#held.subarray(this.#at)];
    while (missing > 0) {
      const chunk = await this.#next();
      chunks.push(chunk);
      missing -= chunk.length;
    }
    this.#held = Buffer.concat(chunks);
    this.#at = 0;
  }

  async #more(): Promise<void> {
    const chunk = await this.#next();
    const left = this.#held.subarray(this.#at);
    this.#held = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    this.#at = 0;
  }

  async #next(): Promise<Buffer> {
    const chunk = await this.#reader.read();
    if (chunk === undefined) throw new RespEnd('unexpected EOF');
    return chunk;
  }
}

function integer(text: string): number {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new RespSyntax('a number that is none');
  return Number(text);
}

/** A length; -1 stands for no value at all. */
function size(text: string): number {
  const length = integer(text);
  if (length < -1) throw new RespSyntax(`a length of ${length}`);
  return length;
}
