import { asError } from '../../../values/as-error.js';
import { RenegotiationRefused } from '../alerts/tls-alert.js';
import { type Beginning, LaterMessages } from './later-messages.js';
import type { RecordCount } from './record-watch.js';

/** How much OpenSSL gets at once, and some 20 records or messages where there are many. */
const PIECE_BYTES = 16 * 1024;
const CROWDED_PIECE_BYTES = 512;
/** So many messages in one read, of which each may take 60 µs, are many. */
const MOST_MESSAGES = 8;

/** What a peer sends behind its handshake: judged, and in pieces that OpenSSL may have at once. */
export class LaterBytes {
  readonly #records: RecordCount;
  readonly #messages: LaterMessages;
  /** Where what has not been judged begins in the connection. */
  #judgedTo: number;
  /** Bytes that wait, in order: of the first it is known that OpenSSL may have them. */
  #ready: Buffer | undefined;
  #backlog: Buffer | undefined;
  #refusal: Error | undefined;

  /** `records` counts the connection from its first byte on. */
  constructor(records: RecordCount, beginning: Beginning) {
    this.#records = records;
    this.#messages = new LaterMessages(beginning);
    this.#judgedTo = beginning.passed;
  }

  /** Why the connection ends once OpenSSL has what it may have. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Whether all of what came last may be given to OpenSSL now and at once. What may not is added. */
  passes(bytes: Buffer): boolean {
    const isFirst = this.#ready === undefined && this.#backlog === undefined;
    if (!isFirst || this.#records.isCrowded || bytes.length > PIECE_BYTES) {
      this.add(bytes);
      return false;
    }
    this.#ready = this.#judge(bytes);
    if (this.#refusal !== undefined || this.#isCrowded) return false;
    this.#ready = undefined;
    return true;
  }

  /** What `next` returns once it comes to it. */
  add(bytes: Buffer): void {
    this.#backlog = this.#backlog === undefined ? bytes : Buffer.concat([this.#backlog, bytes]);
  }

  /** The next piece; undefined if there is none. */
  next(): Buffer | undefined {
    this.#ready ??= this.#judgeMore();
    const piece = this.#ready?.subarray(0, this.#isCrowded ? CROWDED_PIECE_BYTES : PIECE_BYTES);
    this.#ready = restOf(this.#ready, piece);
    return piece;
  }

  /** Whether more came than OpenSSL gets at once. */
  get #isCrowded(): boolean {
    return this.#records.isCrowded || this.#messages.recent > MOST_MESSAGES;
  }

  /** Thousands of records take milliseconds to be judged. */
  #judgeMore(): Buffer | undefined {
    const bytes = this.#records.isCrowded ? this.#backlog?.subarray(0, CROWDED_PIECE_BYTES) : this.#backlog;
    if (bytes === undefined || this.#refusal !== undefined) return undefined;
    this.#backlog = restOf(this.#backlog, bytes);
    const judged = this.#judge(bytes);
    return judged.length === 0 ? undefined : judged;
  }

  #judge(bytes: Buffer): Buffer {
    const length = this.#refusal === undefined ? this.#mostOf(bytes) : 0;
    this.#judgedTo += bytes.length;
    return length < bytes.length ? bytes.subarray(0, length) : bytes;
  }

  #mostOf(bytes: Buffer): number {
    const begin = this.#judgedTo;
    // OpenSSL answers each wish to renegotiate with an alert: 17 ms for a record of 4,000.
    const later = this.#records.laterHandshake(begin);
    if (later !== undefined && later < begin + bytes.length) {
      this.#refusal = new RenegotiationRefused();
      return later - begin;
    }
    try {
      const length = this.#messages.take(bytes);
      if (length < bytes.length) this.#refusal = new Error('tls: too many non-advancing records');
      return length;
    } catch (error) {
      this.#refusal = asError(error);
      return 0;
    }
  }
}

function restOf(all: Buffer | undefined, taken: Buffer | undefined): Buffer | undefined {
  return all === undefined || taken === undefined || taken.length >= all.length
    ? undefined
    : all.subarray(taken.length);
}
