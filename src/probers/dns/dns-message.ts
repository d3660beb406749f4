import { HEADER_OCTETS, TYPE_OPT, WireError } from '../../net/dns/dns-format.js';
import { atOnce, inSlices, type Steps } from '../../values/in-slices.js';
import { NameReader, RdataReader } from './dns-wire.js';
import { type RrHeader, rrText } from './rr-text.js';

/** The question of a message. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A resource record. */
export interface DnsRecord extends RrHeader {
  /** The record as miekg/dns prints it. */
  readonly text: string;
  /** Returns a reader for the data, from its beginning. */
  readonly rdata: () => RdataReader;
}

/** A whole message. The counts are those of the records that are present, not those of the header. */
export interface DnsMessage {
  readonly id: number;
  /** The second 16 bits of the header: QR, opcode, AA, TC, RD, RA, Z, AD, CD, rcode. */
  readonly flags: number;
  /** The response code with the extended bits of an OPT record. */
  readonly rcode: number;
  /** Absent if the message does not repeat the question. */
  readonly question?: DnsQuestion;
  readonly answer: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

/**
 * Decodes a message as upstream does: fewer records than announced are accepted, a broken record is not. Time and
 * memory are linear in the size of the message for any counts and pointers. Throws WireError.
 */
export function decodeMessage(bytes: Buffer): DnsMessage {
  return atOnce(decodeSteps(bytes));
}

/**
 * Decodes a message like `decodeMessage`, but lets the event loop run whenever a turn is over: 64 KiB of records take
 * milliseconds. Rejects with WireError.
 */
export function decodeMessageInTurns(bytes: Buffer): Promise<DnsMessage> {
  return inSlices(decodeSteps(bytes));
}

/** One step decodes up to RECORDS_A_STEP records. */
function* decodeSteps(bytes: Buffer): Steps<DnsMessage> {
  if (bytes.length < HEADER_OCTETS) throw new WireError('dns: short read');
  const decoder = new MessageDecoder(bytes);
  const [id, flags] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  const question = yield* decoder.questions(bytes.readUInt16BE(4));
  const answer = yield* decoder.records(bytes.readUInt16BE(6));
  const authority = yield* decoder.records(bytes.readUInt16BE(8));
  const additional = yield* decoder.records(bytes.readUInt16BE(10));
  const rcode = (flags & 0xf) | extendedRcode(additional);
  if (question === undefined) return { id, flags, rcode, answer, authority, additional };
  return { id, flags, rcode, question, answer, authority, additional };
}

/** Records, or octets of them, read between two looks at the clock; most messages have fewer. */
const RECORDS_A_STEP = 16;
const OCTETS_A_STEP = 2048;
const QUESTIONS_A_STEP = 256;
/**
 * The texts of records behind these are not kept: thousands of them would be collected as garbage in one go, which
 * takes tens of milliseconds.
 */
const MOST_KEPT_TEXTS = 64;

/** The bytes of a message and their name readers, which all of its records share. */
class MessageBytes {
  readonly bytes: Buffer;
  readonly names: NameReader;
  /** Reads records again that were valid and within the limits the first time, so it charges no budget. */
  #again: NameReader | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.names = new NameReader(bytes);
  }

  namesAgain(): NameReader {
    return (this.#again ??= new NameReader(this.bytes, Infinity));
  }
}

interface RecordPlace {
  readonly at: number;
  readonly end: number;
}

/** One record. It is a single object, however many fields the record has. */
class MessageRecord implements DnsRecord {
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly #message: MessageBytes;
  readonly #at: number;
  readonly #end: number;
  readonly #text: string | undefined;

  /** Throws WireError for data that does not fit the type. */
  constructor(
    header: RrHeader,
    message: MessageBytes,
    { at, end, isKept }: RecordPlace & { readonly isKept: boolean },
  ) {
    this.owner = header.owner;
    this.type = header.type;
    this.class = header.class;
    this.ttl = header.ttl;
    this.#message = message;
    this.#at = at;
    this.#end = end;
    const text = rrText(header, new RdataReader(message.names, message.bytes, { at, end }));
    this.#text = isKept ? text : undefined;
  }

  get text(): string {
    return this.#text ?? rrText(this, this.rdata());
  }

  rdata(): RdataReader {
    return new RdataReader(this.#message.namesAgain(), this.#message.bytes, { at: this.#at, end: this.#end });
  }
}

class MessageDecoder {
  readonly #message: MessageBytes;
  readonly #bytes: Buffer;
  readonly #names: NameReader;
  #at = HEADER_OCTETS;

  constructor(bytes: Buffer) {
    this.#message = new MessageBytes(bytes);
    this.#bytes = bytes;
    this.#names = this.#message.names;
  }

  get #atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /**
   * Reads the first question. Like upstream, it accepts a header on its own with any counts: some servers refuse
   * queries that way.
   */
  *questions(count: number): Steps<DnsQuestion | undefined> {
    if (this.#atEnd) return undefined;
    let first: DnsQuestion | undefined;
    for (let index = 0; index < count; index++) {
      const question = this.#question();
      first ??= question;
      if (index % QUESTIONS_A_STEP === QUESTIONS_A_STEP - 1) yield;
    }
    return first;
  }

  #question(): DnsQuestion {
    const name = this.#name();
    const type = this.#atEnd ? 0 : this.#uint16();
    return { name, type, class: this.#atEnd ? 0 : this.#uint16() };
  }

  *records(count: number): Steps<readonly DnsRecord[]> {
    const records: DnsRecord[] = [];
    let next = this.#at + OCTETS_A_STEP;
    while (records.length < count && !this.#atEnd) {
      records.push(this.#record(records.length < MOST_KEPT_TEXTS));
      if (records.length % RECORDS_A_STEP !== 0 && this.#at < next) continue;
      next = this.#at + OCTETS_A_STEP;
      yield;
    }
    return records;
  }

  #record(isKept: boolean): DnsRecord {
    const owner = this.#name();
    const type = this.#uint16();
    const number = this.#uint16();
    const ttl = this.#uint16() * 0x10000 + this.#uint16();
    const length = this.#uint16();
    const at = this.#at;
    const end = at + length;
    if (end > this.#bytes.length) throw new WireError('dns: overflowing header size');
    this.#at = end;
    return new MessageRecord({ owner, type, class: number, ttl }, this.#message, { at, end, isKept });
  }

  #name(): string {
    const text = this.#names.read(this.#at, this.#bytes.length);
    this.#at = this.#names.next;
    return text;
  }

  #uint16(): number {
    const at = this.#at;
    if (at + 2 > this.#bytes.length) throw new WireError('dns: overflow unpacking uint16');
    this.#at = at + 2;
    return this.#bytes.readUInt16BE(at);
  }
}

/**
 * Returns the upper eight bits of the response code (RFC 6891, section 6.1.3). If there are several OPT records, the
 * last one counts, as in upstream.
 */
function extendedRcode(additional: readonly DnsRecord[]): number {
  for (let index = additional.length - 1; index >= 0; index--) {
    const record = additional[index];
    if (record?.type === TYPE_OPT) return (record.ttl >>> 24) << 4;
  }
  return 0;
}
