import type { ProbeFailure } from '../../probe/failure.js';
import { MessageFramer, MOST_BYTES } from '../server-client/message-framer.js';
import { PackedRows, type TextRows } from '../server-client/packed-rows.js';
import { failureIn, lastWord } from './mysql-errors.js';
import { type Greeting, readGreeting } from './mysql-greeting.js';
import {
  checkEnd,
  checkOk,
  checkRow,
  END,
  ERROR,
  lengthAt,
  malformed,
  MORE_DATA,
  MOST_COLUMNS,
  OK,
  type OtherPlugin,
  readColumn,
  readError,
  readOtherPlugin,
  readRow,
  type ServerError,
  tooLarge,
} from './mysql-packets.js';

/**
 * The largest packet: the values of one row, or an error. InnoDB's status is a row, and its text alone may have 1 MiB.
 */
const LARGEST_PACKET_BYTES = 2 * 1024 * 1024;
/** The most rows that are used in one probe, and the most other packets: columns, ends, consent. */
const MOST_PACKETS = 100_000;
/** The length of a packet that the next one goes on with. */
const CONTINUED = 0xff_ffff;
/** The most rows of one answer: no statement asks for more. */
const MOST_ROWS = 50_001;
/** The most packets of one log-in. */
const MOST_LOGIN_PACKETS = 8;
/** Length and number of a packet. */
const HEAD_BYTES = 4;

/** The packet that may come next. */
type State = 'greeting' | 'login' | 'nothing' | 'result' | 'columns' | 'end of columns' | 'rows';

/** The answer to a statement. */
export interface Answer {
  /** The names of the columns. */
  readonly names: readonly string[];
  readonly rows: TextRows;
}

/** A complete message of the server, after which it is the client's turn. */
export type Said =
  | { readonly kind: 'greeting'; readonly greeting: Greeting }
  | { readonly kind: 'other plugin'; readonly other: OtherPlugin }
  /** Further data of the authentication plugin. */
  | { readonly kind: 'more'; readonly data: Buffer }
  | { readonly kind: 'logged in' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** An answer that was too large. */
  | { readonly kind: 'left out'; readonly why: string }
  | { readonly kind: 'error'; readonly error: ServerError };

/**
 * Reads the packets of a server. Only complete packets that may come next are taken, and all bounds are checked before
 * anything is held. Rows beyond them, of any answer but the first, are passed over to their end, so that they cost
 * nothing but their own answer.
 */
export class PacketGate extends MessageFramer {
  readonly #others = { count: 0, bytes: 0 };
  readonly #used = { count: 0, bytes: 0 };
  /** Of the rows that are used, those of the present answer. */
  #present = { count: 0, bytes: 0 };
  #answers = 0;
  /** Why the present answer is left out; undefined if it is not. */
  #tooLarge: string | undefined;
  /** Whether the next packet goes on with a row that is passed over. */
  #isContinued = false;
  #state: State = 'greeting';
  /** Whether it is the server's turn to speak. */
  #isItsTurn = true;
  #isLoggedIn = false;
  #number = 0;
  #columns = 0;
  #names: string[] = [];
  #rows = rowsOf(0);
  #said: Said | undefined;

  constructor() {
    super(HEAD_BYTES);
  }

  /** Takes what the server has said since the last call; undefined while the message is not complete. */
  takeSaid(): Said | undefined {
    const said = this.#said;
    this.#said = undefined;
    return said;
  }

  /** The number of the client's next packet, if it goes on with what the server has begun. */
  get number(): number {
    return this.#number;
  }

  /** Takes note of a packet that the client has sent: the server may answer it. */
  sent(number: number): void {
    this.#number = (number + 1) & 0xff;
    this.#isItsTurn = true;
    this.#state = this.#isLoggedIn ? 'result' : 'login';
  }

  protected override tooLarge(text: string): ProbeFailure {
    return tooLarge(text);
  }

  protected override complete(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      this.needed = HEAD_BYTES;
      if (bytes.length - at < HEAD_BYTES) return at;
      const length = bytes.readUIntLE(at, 3);
      const isLastWord = !this.#isItsTurn || (bytes[at + 3] === 0 && this.#state === 'result');
      if (isLastWord) checkLastWord(bytes.subarray(at));
      if (bytes[at + 3] !== this.#number) throw malformed('a packet that is out of order');
      if (this.#isContinued || length > LARGEST_PACKET_BYTES) {
        this.#passOver(length);
        at += length + HEAD_BYTES;
        if (at >= bytes.length) return at;
        continue;
      }
      if (length === 0) throw malformed('an empty packet');
      this.needed = length + HEAD_BYTES;
      if (bytes.length - at < this.needed) return at;
      this.#take(bytes.subarray(at + HEAD_BYTES, at + this.needed));
      at += this.needed;
    }
  }

  /** Leaves out a packet that is too large, and what goes on with it. Only a row can be so large. */
  #passOver(length: number): void {
    const why = `a packet of ${length} bytes`;
    if (this.#state !== 'rows') throw tooLarge(why);
    this.#leaveAnswerOut(why);
    this.leaveOut(length);
    this.#isContinued = length === CONTINUED;
    this.#number = (this.#number + 1) & 0xff;
  }

  #take(payload: Buffer): void {
    this.#number = (this.#number + 1) & 0xff;
    if (this.#state === 'rows') {
      this.#row(payload);
      return;
    }
    add(this.#others, payload.length);
    if (this.#others.count > MOST_PACKETS) throw tooLarge(`more than ${MOST_PACKETS} packets`);
    if (this.#others.bytes > MOST_BYTES) throw tooLarge(`more than ${MOST_BYTES} bytes`);
    this.#takeOther(payload);
  }

  #takeOther(payload: Buffer): void {
    switch (this.#state) {
      case 'greeting':
        if (payload[0] === ERROR) throw failureIn(payload);
        this.#handOver({ kind: 'greeting', greeting: readGreeting(payload) });
        return;
      case 'login':
        this.#login(payload);
        return;
      case 'result':
        this.#result(payload);
        return;
      case 'columns':
        this.#names.push(readColumn(payload));
        if (this.#names.length === this.#columns) this.#state = 'end of columns';
        return;
      case 'end of columns':
        if (payload[0] !== END) throw malformed('columns without an end');
        checkEnd(payload);
        this.#state = 'rows';
        return;
      default:
        throw malformed('a packet without a question');
    }
  }

  #login(payload: Buffer): void {
    if (this.#others.count > MOST_LOGIN_PACKETS) throw malformed('a log-in without an end');
    switch (payload[0]) {
      case OK:
        checkOk(payload);
        this.#isLoggedIn = true;
        this.#handOver({ kind: 'logged in' });
        return;
      case END:
        this.#handOver({ kind: 'other plugin', other: readOtherPlugin(payload) });
        return;
      case MORE_DATA:
        // Everything needs an answer, except the message that the proof is good.
        if (payload.length !== 2 || payload[1] !== PROOF_IS_GOOD) {
          this.#handOver({ kind: 'more', data: payload.subarray(1) });
        }
        return;
      case ERROR:
        throw failureIn(payload);
      default:
        throw malformed('no answer to a log-in');
    }
  }

  #result(payload: Buffer): void {
    this.#names = [];
    this.#rows = rowsOf(0);
    this.#present = { count: 0, bytes: 0 };
    this.#tooLarge = undefined;
    if (payload[0] === OK) {
      checkOk(payload);
      this.#answer();
      return;
    }
    if (payload[0] === ERROR) {
      this.#handOver({ kind: 'error', error: readError(payload) });
      return;
    }
    const { value, next } = lengthAt(payload, 0);
    if (next !== payload.length) throw malformed('a number of columns with more behind it');
    // In the encodings of large numbers; in its own, none is the OK of a statement without rows.
    if (value === 0) throw malformed('rows without columns');
    if (value > MOST_COLUMNS) throw tooLarge('more columns than were asked for');
    this.#columns = value;
    this.#rows = rowsOf(value);
    this.#state = 'columns';
  }

  #row(payload: Buffer): void {
    if (payload[0] === END && payload.length < 9) {
      checkEnd(payload);
      this.#answer();
    } else if (payload[0] === ERROR) this.#handOver({ kind: 'error', error: readError(payload) });
    else this.#takeRow(payload);
  }

  #takeRow(payload: Buffer): void {
    const { length } = payload;
    if (this.#rows.length === MOST_ROWS) this.#leaveAnswerOut(`more than ${MOST_ROWS} rows`);
    else if (this.#used.count === MOST_PACKETS) this.#leaveAnswerOut(`more than ${MOST_PACKETS} rows in all`);
    else if (this.#used.bytes + length > MOST_BYTES) this.#leaveAnswerOut(`more than ${MOST_BYTES} bytes`);
    if (this.#tooLarge !== undefined) {
      this.leaveOut(length);
      return;
    }
    add(this.#used, length);
    add(this.#present, length);
    checkRow(payload, this.#columns);
    this.#rows.add(payload);
  }

  /** Forgets the rows so far, and takes no more until the end of the answer. The first answer is needed. */
  #leaveAnswerOut(why: string): void {
    if (this.#tooLarge !== undefined) return;
    if (this.#answers === 0) throw tooLarge(why);
    this.#tooLarge = why;
    this.#rows = rowsOf(this.#columns);
    const { count, bytes } = this.#present;
    this.#used.count -= count;
    this.#used.bytes -= bytes;
    this.leaveOut(bytes);
  }

  #answer(): void {
    this.#answers++;
    const why = this.#tooLarge;
    if (why !== undefined) this.#handOver({ kind: 'left out', why });
    else this.#handOver({ kind: 'answer', answer: { names: this.#names, rows: this.#rows } });
  }

  /** Hands the message over; it is the client's turn now. */
  #handOver(said: Said): void {
    this.#said = said;
    this.#state = 'nothing';
    this.#isItsTurn = false;
  }
}

function rowsOf(columns: number): PackedRows {
  return new PackedRows((payload) => readRow(payload, columns));
}

function add(sum: { count: number; bytes: number }, bytes: number): void {
  sum.count++;
  sum.bytes += bytes;
}

/** Judges bytes that came out of turn: a server may only send an error unasked. Throws a ProbeFailure. */
function checkLastWord(bytes: Buffer): never {
  const length = bytes.readUIntLE(0, 3);
  const isError = bytes[HEAD_BYTES] === ERROR && bytes.length >= length + HEAD_BYTES;
  throw isError ? lastWord(bytes.subarray(HEAD_BYTES, length + HEAD_BYTES)) : malformed('a packet without a question');
}

const PROOF_IS_GOOD = 3;
