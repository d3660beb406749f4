import type { ProbeFailure } from '../../probe/failure.js';
import { MessageFramer, MOST_BYTES } from '../server-client/message-framer.js';
import { checkMessage, checkRow, countOf, malformed, tooLarge } from './pg-messages.js';

/** The largest message: the values of one row, or an error with its context. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;
/** The most rows that are used in one probe, and the most other messages: notices, changed settings, ends. */
const MOST_MESSAGES = 50_000;
/** The bytes of a message's type and length; the length includes itself. */
const HEAD_BYTES = 5;

/** Takes the messages of a server, one by one. */
export interface Listener {
  /** A well-formed row, of as many values as the columns before it. */
  readonly row: (message: Buffer) => void;
  /** Another message, by its type; throws a ProbeFailure for what does not belong there. */
  readonly message: (type: string, message: Buffer) => void;
  /** The answer to the statement is too large, and left out. Returns false where it must not be. */
  readonly leaveOut: (why: string) => boolean;
}

/**
 * Reads the messages of a server. Only complete and well-formed messages are taken, and all bounds are checked before
 * anything is held. An answer beyond them is passed over to its end, so that it costs nothing but itself.
 */
export class MessageGate extends MessageFramer {
  readonly #listener: Listener;
  readonly #others = { count: 0, bytes: 0 };
  readonly #rows = { count: 0, bytes: 0 };
  /** Of the rows, those of the present answer. */
  #present = { count: 0, bytes: 0 };
  #columns = 0;
  #isLeftOut = false;

  constructor(listener: Listener) {
    super(HEAD_BYTES);
    this.#listener = listener;
  }

  protected override tooLarge(text: string): ProbeFailure {
    return tooLarge(text);
  }

  protected override complete(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      this.needed = HEAD_BYTES;
      if (bytes.length - at < HEAD_BYTES) return at;
      const length = bytes.readUInt32BE(at + 1);
      // The first bytes of another protocol, read as a length, give one that no message has.
      if (this.#others.count === 0 && !FIRST_TYPES.has(bytes[at] ?? 0)) throw malformed('a server of another kind');
      if (length < 4) throw malformed('a length below that of the length');
      if (length > LARGEST_MESSAGE_BYTES) {
        this.#leaveMessageOut(bytes[at] ?? 0, length);
        at += length + 1;
        if (at >= bytes.length) return at;
        continue;
      }
      this.needed = length + 1;
      if (bytes.length - at < this.needed) return at;
      this.#take(bytes.subarray(at, at + this.needed));
      at += this.needed;
    }
  }

  #take(message: Buffer): void {
    if (message[0] === ROW) {
      this.#takeRow(message);
      return;
    }
    add(this.#others, message.length);
    if (this.#others.count > MOST_MESSAGES) throw tooLarge(`more than ${MOST_MESSAGES} messages`);
    if (this.#others.bytes > MOST_BYTES) throw tooLarge(`more than ${MOST_BYTES} bytes`);
    checkMessage(message);
    if (message[0] === COLUMNS) this.#columns = countOf(message);
    else if (message[0] === READY) this.#endAnswer();
    this.#listener.message(String.fromCharCode(message[0] ?? 0), message);
  }

  #takeRow(message: Buffer): void {
    if (this.#rows.count === MOST_MESSAGES) this.#leaveAnswerOut(`more than ${MOST_MESSAGES} rows`);
    else if (this.#rows.bytes + message.length > MOST_BYTES) this.#leaveAnswerOut(`more than ${MOST_BYTES} bytes`);
    if (this.#isLeftOut) {
      this.leaveOut(message.length);
      return;
    }
    if (countOf(message) !== this.#columns) throw malformed('a row with other columns');
    add(this.#rows, message.length);
    add(this.#present, message.length);
    checkRow(message);
    this.#listener.row(message);
  }

  #endAnswer(): void {
    this.#present = { count: 0, bytes: 0 };
    this.#isLeftOut = false;
  }

  /** A row, the columns of rows, an error and a notice can be as large as a statement made them. */
  #leaveMessageOut(type: number, length: number): void {
    const why = `a message of ${length} bytes`;
    if ([ROW, COLUMNS, ERROR].includes(type)) this.#leaveAnswerOut(why);
    else if (type !== NOTICE) throw tooLarge(why);
    this.leaveOut(length + 1);
  }

  /** Forgets the answer so far, and takes no more rows until its end. */
  #leaveAnswerOut(why: string): void {
    if (this.#isLeftOut) return;
    if (!this.#listener.leaveOut(why)) throw tooLarge(why);
    this.#isLeftOut = true;
    const { count, bytes } = this.#present;
    this.#rows.count -= count;
    this.#rows.bytes -= bytes;
    this.leaveOut(bytes);
  }
}

function add(sum: { count: number; bytes: number }, bytes: number): void {
  sum.count++;
  sum.bytes += bytes;
}

const ROW = 0x44;
const COLUMNS = 0x54;
const ERROR = 0x45;
const NOTICE = 0x4e;
const READY = 0x5a;
/** The types of a server's first message: a request for authentication, or an error. */
const FIRST_TYPES: ReadonlySet<number> = new Set([0x52, ERROR]);
