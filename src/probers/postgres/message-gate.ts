import type { ProbeFailure } from '../../probe/failure.js';
import { MessageFramer } from '../server-client/message-framer.js';
import type { TextRow } from '../server-client/view.js';
import { checkMessage, countOf, malformed, readRow, tooLarge } from './pg-messages.js';

/** The largest message: the values of one row, or an error with its context. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;
/** The most messages of one probe: rows, notices, changed settings. */
const MOST_MESSAGES = 50_000;
/** The bytes of a message's type and length; the length includes itself. */
const HEAD_BYTES = 5;

/** Takes the messages of a server, one by one. */
export interface Listener {
  /** A row, of as many values as the columns before it. */
  readonly row: (row: TextRow) => void;
  /** Another message, by its type; throws a ProbeFailure for what does not belong there. */
  readonly message: (type: string, message: Buffer) => void;
}

/**
 * Reads the messages of a server. Only complete and well-formed messages are taken, and all bounds are checked before
 * anything is held.
 */
export class MessageGate extends MessageFramer {
  readonly #listener: Listener;
  #messages = 0;
  #columns = 0;

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
      if (this.#messages === 0 && !FIRST_TYPES.has(bytes[at] ?? 0)) throw malformed('a server of another kind');
      if (length < 4) throw malformed('a length below that of the length');
      if (length > LARGEST_MESSAGE_BYTES) throw tooLarge(`a message of ${length} bytes`);
      this.needed = length + 1;
      if (bytes.length - at < this.needed) return at;
      this.#take(bytes.subarray(at, at + this.needed));
      at += this.needed;
    }
  }

  #take(message: Buffer): void {
    if (++this.#messages > MOST_MESSAGES) throw tooLarge(`more than ${MOST_MESSAGES} messages`);
    if (message[0] === ROW) {
      if (countOf(message) !== this.#columns) throw malformed('a row with other columns');
      this.#listener.row(readRow(message));
      return;
    }
    checkMessage(message);
    if (message[0] === COLUMNS) this.#columns = countOf(message);
    this.#listener.message(String.fromCharCode(message[0] ?? 0), message);
  }
}

const ROW = 0x44;
const COLUMNS = 0x54;
/** The types of a server's first message: a request for authentication, or an error. */
const FIRST_TYPES: ReadonlySet<number> = new Set([0x52, 0x45]);
