import type { FlightReader } from '../handshake-messages.js';
import type { PeerFlight } from '../peer-flight.js';
import { RecordContents } from './record-contents.js';
import { RecordParts } from './record-parts.js';

/**
 * Most messages that bring no data, as often as no data comes between: tickets and new keys, which take OpenSSL up to
 * 60 µs each, and all that are in one record at one go. Go's client refuses the seventeenth.
 */
const MOST_IDLE = 64;
/** What comes behind a handshake is not looked at until it is so long. The shortest ticket in a record has 18 bytes. */
const UNSEEN_BYTES = 1024;

const HEADER_BYTES = 5;
const LENGTH_AT = 3;
const TAG_BYTES = 16;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const FINISHED = 20;

/** Where a connection was when its handshake was over. */
export interface Beginning {
  readonly flight: PeerFlight;
  /** Reads the flight, up to any message before its end. */
  readonly reader: FlightReader;
  /** How much of the flight has not come behind the handshake's end, at most. */
  readonly passed: number;
}

/**
 * Counts the messages that a peer sends behind its handshake of TLS 1.3, where they look like data from outside, before
 * OpenSSL has them, which takes all messages of a record in one call. A connection that gets little, as most do, is not
 * looked at; once it gets more, all is, from the first record on.
 */
export class LaterMessages {
  readonly #beginning: Beginning;
  #unseen: Buffer[] = [];
  #unseenBytes = 0;
  /** Absent until the connection is looked at, and where it cannot be. */
  #records: RecordContents | undefined;
  #isSeen = false;
  readonly #part = new RecordParts();
  readonly #messages = new MessageCount();
  /** Messages without data, less the bytes of data behind them. */
  #idle = 0;
  #recent = 0;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
  }

  /** How many messages began in the records that ended in what came last. */
  get recent(): number {
    return this.#recent;
  }

  /**
   * Looks at what has come. Returns how much of it OpenSSL may have: all, or what is before a record with more messages
   * than a peer in earnest sends. Throws FlightLimitError.
   */
  take(bytes: Buffer): number {
    this.#recent = 0;
    if (this.#isSeen) return this.#records === undefined ? bytes.length : this.#read(bytes, this.#records);
    this.#unseenBytes += bytes.length;
    if (this.#unseenBytes > UNSEEN_BYTES) return this.#lookFromStart(bytes);
    this.#unseen.push(bytes);
    return bytes.length;
  }

  #lookFromStart(bytes: Buffer): number {
    this.#isSeen = true;
    const { flight, reader, passed } = this.#beginning;
    const secret = flight.dataSecret;
    if (secret === undefined || !skipHandshake(reader) || reader.suite === undefined) return bytes.length;
    this.#records = new RecordContents(reader.suite, secret);
    for (const before of [flight.bytes.subarray(reader.end, passed), ...this.#unseen]) {
      // So little is not too much by itself.
      this.#read(before, this.#records);
    }
    this.#unseen = [];
    return this.#read(bytes, this.#records);
  }

  #read(bytes: Buffer, records: RecordContents): number {
    let at = this.#part.isEmpty ? 0 : this.#goOn(bytes, records);
    while (at + HEADER_BYTES <= bytes.length && this.#idle <= MOST_IDLE) {
      const end = at + HEADER_BYTES + bytes.readUInt16BE(at + LENGTH_AT);
      if (end > bytes.length) break;
      const record = bytes.subarray(at, end);
      this.#see({ length: end - at, octetAt: (offset) => record[offset] ?? 0, bytes: () => record }, records);
      if (this.#idle <= MOST_IDLE) at = end;
    }
    if (this.#idle > MOST_IDLE) return at;
    this.#part.add(bytes.subarray(at));
    return bytes.length;
  }

  /** Goes on with the record that had begun before. Returns how much may be passed on of what is of that. */
  #goOn(bytes: Buffer, records: RecordContents): number {
    const length = this.#part.add(bytes);
    if (!this.#part.isWhole) return length;
    this.#see(this.#part, records);
    this.#part.clear();
    return this.#idle > MOST_IDLE ? 0 : length;
  }

  #see(record: SeenRecord, records: RecordContents): void {
    if (record.octetAt(0) !== APPLICATION_DATA) return;
    const last = record.length - TAG_BYTES - 1;
    const type = last < HEADER_BYTES ? 0 : records.lastOctet(record.octetAt(last), last - HEADER_BYTES);
    if (type === APPLICATION_DATA) {
      records.skip();
      this.#noteData(last - HEADER_BYTES);
      return;
    }
    const content = records.open(record.bytes().subarray(HEADER_BYTES, last + 1));
    if (content.type === APPLICATION_DATA) this.#noteData(content.bytes.length);
    if (content.type === HANDSHAKE) this.#noteMessages(content.bytes, records);
  }

  #noteData(length: number): void {
    this.#idle = Math.max(0, this.#idle - length);
  }

  #noteMessages(bytes: Buffer, records: RecordContents): void {
    const count = this.#messages.take(bytes);
    this.#recent += count;
    this.#idle += count;
    if (this.#messages.isNewKey) records.update();
  }
}

/** A record, whole. */
interface SeenRecord {
  /** With its header. */
  readonly length: number;
  readonly octetAt: (offset: number) => number;
  readonly bytes: () => Buffer;
}

/** Whether the end of the handshake was found. */
function skipHandshake(reader: FlightReader): boolean {
  for (;;) {
    const next = reader.next();
    if (next === 'pause') continue;
    if (typeof next === 'string') return false;
    if (next.type === FINISHED) return true;
  }
}

const MESSAGE_HEADER_BYTES = 4;
const KEY_UPDATE = 24;

/** Counts messages that lie across records or share one (RFC 8446, 4). */
class MessageCount {
  /** The bytes of the present message's header that have come; none between messages. */
  #head = 0;
  #type = 0;
  #length = 0;
  /** The bytes of the present message that are still to come behind its header. */
  #left = 0;

  /** Whether the last message, at the end of what came last, says that new keys follow. */
  get isNewKey(): boolean {
    return this.#head === 0 && this.#type === KEY_UPDATE;
  }

  /** Returns how many messages began. */
  take(bytes: Buffer): number {
    let begun = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#head < MESSAGE_HEADER_BYTES) {
        const byte = bytes[at++] ?? 0;
        if (this.#head === 0) {
          begun++;
          [this.#type, this.#length] = [byte, 0];
        } else this.#length = this.#length * 256 + byte;
        this.#head++;
        this.#left = this.#length;
      } else {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#head === MESSAGE_HEADER_BYTES && this.#left === 0) this.#head = 0;
    }
    return begun;
  }
}
