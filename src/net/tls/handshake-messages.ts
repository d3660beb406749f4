import type { PeerFlight } from './peer-flight.js';
import { type CipherSuite, RecordProtection, tls13Suite } from './records/record-protection.js';

/** A message of the handshake (RFC 8446, 4). */
export interface HandshakeMessage {
  readonly type: number;
  readonly body: Buffer;
  /** Whether it was protected, which is so after the hello of TLS 1.3 and never before it. */
  readonly isProtected: boolean;
}

/**
 * A peer that cuts its handshake into more records than this wants to cost time: the longest that is accepted needs
 * 15.
 */
const MOST_RECORDS = 1024;
/** An ordinary handshake has less than ten; OpenSSL passes over wishes to begin another one, without end. */
const MOST_MESSAGES = 1024;
/** Records opened in one step, which takes well below a millisecond. */
const RECORDS_A_STEP = 16;

/** A flight that goes beyond a bound of ours. */
export class FlightLimitError extends Error {
  override readonly name = 'FlightLimitError';
}

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const TYPES: ReadonlySet<number> = new Set([CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA]);
const SERVER_HELLO = 2;
const RECORD_HEADER_BYTES = 5;

/**
 * The result of reading on: a message; `pause` where reading has taken long; `more` where the rest has not come yet;
 * `secret` where the rest is protected and its secret is not known yet; `over` where a record is not genuine or not in
 * its place.
 */
export type NextOfFlight = HandshakeMessage | 'pause' | 'more' | 'secret' | 'over';

/** Reads the messages of a peer's flight while it comes, each byte once. */
export class FlightReader {
  readonly #flight: PeerFlight;
  readonly #assembler = new MessageAssembler();
  #protection: RecordProtection | undefined;
  /** The cipher suite that the hello chose. */
  #suite: CipherSuite | undefined;
  #records = 0;
  #messages = 0;
  #start = 0;
  #end = 0;
  /** The length that the flight needs before there is anything to read. */
  #wanted = RECORD_HEADER_BYTES;
  /** Whether the next record begins as one does; looked at once, since the bytes are put together for it. */
  #hasType = false;
  #isOver = false;

  constructor(flight: PeerFlight) {
    this.#flight = flight;
  }

  /** Where the last record that was read begins. */
  get start(): number {
    return this.#start;
  }

  /** Where it ends. */
  get end(): number {
    return this.#end;
  }

  /** Whether the last record that was read has nothing behind the messages that were returned. */
  get isBetweenMessages(): boolean {
    return this.#assembler.isEmpty;
  }

  /**
   * Says that all that follows is protected with a suite, which the hello of a server shows by itself. Until the flight
   * has the secret, `next` returns `secret`.
   */
  protectWith(suite: CipherSuite): void {
    this.#suite = suite;
  }

  /** The cipher suite of TLS 1.3 that the hello chose, once it has been read. */
  get suite(): CipherSuite | undefined {
    return this.#suite;
  }

  /** Throws FlightLimitError. */
  next(): NextOfFlight {
    for (;;) {
      if (this.#suite !== undefined && !this.#protect(this.#suite)) return 'secret';
      const message = this.#assembler.next();
      if (message !== undefined) return this.#met(message);
      const otherwise = this.#readRecord();
      if (otherwise !== undefined) return otherwise;
    }
  }

  #protect(suite: CipherSuite): boolean {
    if (this.#protection !== undefined) return true;
    const { handshakeSecret } = this.#flight;
    if (handshakeSecret === undefined) return false;
    this.#protection = new RecordProtection(suite, handshakeSecret);
    return true;
  }

  #met({ type, body }: Pick<HandshakeMessage, 'type' | 'body'>): HandshakeMessage {
    if (++this.#messages > MOST_MESSAGES) {
      throw new FlightLimitError(`tls: handshake of more than ${MOST_MESSAGES} messages`);
    }
    const isProtected = this.#protection !== undefined;
    if (type === SERVER_HELLO && !isProtected) this.#suite = suiteOfHello(body);
    return { type, body, isProtected };
  }

  #readRecord(): 'pause' | 'more' | 'over' | undefined {
    if (this.#isOver) return 'over';
    const start = this.#end;
    // Before its length is looked at: OpenSSL also takes the hello of SSL 2, whose length stands elsewhere.
    if (!this.#hasType && this.#flight.length > start) {
      if (!TYPES.has(this.#flight.bytes[start] ?? 0)) return this.#stop();
      this.#hasType = true;
    }
    if (this.#flight.length < this.#wanted) return this.#lacking();
    const { bytes } = this.#flight;
    this.#wanted = start + RECORD_HEADER_BYTES + bytes.readUInt16BE(start + 3);
    if (bytes.length < this.#wanted) return this.#lacking();
    if (++this.#records > MOST_RECORDS) {
      throw new FlightLimitError(`tls: handshake of more than ${MOST_RECORDS} records`);
    }
    const content = handshakeContent(bytes.subarray(start, this.#wanted), this.#protection);
    if (content === undefined) return this.#stop();
    [this.#start, this.#end] = [start, this.#wanted];
    this.#hasType = false;
    this.#wanted += RECORD_HEADER_BYTES;
    this.#assembler.add(content);
    return this.#records % RECORDS_A_STEP === 0 ? 'pause' : undefined;
  }

  #stop(): 'over' {
    this.#isOver = true;
    return 'over';
  }

  #lacking(): 'more' {
    const { isFull, length } = this.#flight;
    if (isFull) throw new FlightLimitError(`tls: handshake of more than ${length} bytes`);
    return 'more';
  }
}

const NOTHING = Buffer.alloc(0);

/** The bytes that a record adds to the messages; undefined for a record that should not be there. */
function handshakeContent(record: Buffer, protection: RecordProtection | undefined): Buffer | undefined {
  const type = record[0];
  const body = record.subarray(RECORD_HEADER_BYTES);
  // A change of the cipher means nothing in TLS 1.3, and before it comes after the certificates. An alert may be plain
  // where a client cannot read what the server says.
  if (type === CHANGE_CIPHER_SPEC || type === ALERT) return NOTHING;
  if (protection === undefined) return type === HANDSHAKE ? body : undefined;
  if (type !== APPLICATION_DATA) return undefined;
  const opened = protection.open(record.subarray(0, RECORD_HEADER_BYTES), body);
  if (opened === undefined) return undefined;
  let typeAt = opened.length - 1;
  while (opened[typeAt] === 0) typeAt--;
  return opened[typeAt] === HANDSHAKE ? opened.subarray(0, typeAt) : NOTHING;
}

const RANDOM_AT = 2;
const SESSION_AT = 34;
/** The random value by which a hello is a HelloRetryRequest, after which comes another one (RFC 8446, 4.1.3). */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

/** The choices of the server that its hello shows in the clear (RFC 5246, 7.4.1.3). */
export interface ServerHello {
  readonly random: Buffer;
  /** The number of the cipher suite. */
  readonly suite: number;
  /** The numbers of the extensions that it answers with. */
  readonly extensions: ReadonlySet<number>;
}

/** The server's hello, if the flight begins with a whole one. Throws FlightLimitError. */
export function serverHelloOf(flight: PeerFlight): ServerHello | undefined {
  const first = firstOf(flight);
  if (first?.type !== SERVER_HELLO) return undefined;
  const { body } = first;
  const extensions = new Set<number>();
  const suiteAt = SESSION_AT + 1 + (body[SESSION_AT] ?? 0);
  if (suiteAt + 2 > body.length) return undefined;
  // The suite is followed by the compression and the length of the extensions.
  for (let at = suiteAt + 5; at + 4 <= body.length;) {
    extensions.add(body.readUInt16BE(at));
    at += 4 + body.readUInt16BE(at + 2);
  }
  return { random: body.subarray(RANDOM_AT, SESSION_AT), suite: body.readUInt16BE(suiteAt), extensions };
}

function firstOf(flight: PeerFlight): HandshakeMessage | undefined {
  const first = new FlightReader(flight).next();
  return typeof first === 'string' ? undefined : first;
}

function suiteOfHello(body: Buffer): CipherSuite | undefined {
  const suiteAt = SESSION_AT + 1 + (body[SESSION_AT] ?? 0);
  if (suiteAt + 2 > body.length || body.subarray(RANDOM_AT, SESSION_AT).equals(RETRY)) return undefined;
  return tls13Suite(body.readUInt16BE(suiteAt));
}

const MESSAGE_HEADER_BYTES = 4;

/** Puts messages together that lie across records or share one. */
class MessageAssembler {
  #parts: Buffer[] = [];
  #have = 0;
  #wanted = MESSAGE_HEADER_BYTES;

  get isEmpty(): boolean {
    return this.#have === 0;
  }

  add(content: Buffer): void {
    if (content.length === 0) return;
    this.#parts.push(content);
    this.#have += content.length;
  }

  next(): Pick<HandshakeMessage, 'type' | 'body'> | undefined {
    if (this.#have < this.#wanted) return undefined;
    const [only = NOTHING] = this.#parts;
    const all = this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
    this.#parts = [all];
    const end = MESSAGE_HEADER_BYTES + all.readUIntBE(1, 3);
    this.#wanted = end;
    if (all.length < end) return undefined;
    this.#parts = [all.subarray(end)];
    this.#have -= end;
    this.#wanted = MESSAGE_HEADER_BYTES;
    return { type: all.readUInt8(0), body: all.subarray(MESSAGE_HEADER_BYTES, end) };
  }
}
