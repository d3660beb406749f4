import { formatIpBytes } from '../../values/address/ip-address.js';
import { FLAG_AA, FLAG_RA, HEADER_OCTETS, TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_OPT } from '../dns/dns-format.js';
import type { DnsQuery } from '../dns/dns-query.js';
import { MessageNames } from './message-names.js';

/** The addresses of a name, and the other names that led to them. */
export interface FoundAddresses {
  /** At least one, in the order of the answer. */
  readonly addresses: readonly string[];
  /**
   * The names to which CNAME records lead, and the owners of the addresses; not the name that was asked for. An empty
   * name stands for those beyond a limit. The hosts file leads to none.
   */
  readonly aliases: readonly string[];
}

/** What a reply says about the addresses of a name. */
export type NameAnswer =
  | ({ readonly kind: 'addresses' } & FoundAddresses)
  /** Another server would say the same. */
  | { readonly kind: 'nothing'; readonly isNameKnown: boolean }
  /** Another server may know better. `why` is in the words of Go's resolver. */
  | { readonly kind: 'useless'; readonly why: string };

const NXDOMAIN = 3;
/** Nobody tries more addresses than a few, and the text of one takes a microsecond. */
const MOST_ADDRESSES = 64;

const UNREADABLE: NameAnswer = { kind: 'useless', why: 'cannot unmarshal DNS message' };
const MISBEHAVING: NameAnswer = { kind: 'useless', why: 'server misbehaving' };

/**
 * Reads a reply that repeats the question of the query, by the rules of Go's resolver (net/dnsclient_unix.go): the
 * server has followed all aliases, so that the owners of the records do not matter; an empty answer of a server that
 * is no authority and asks nobody is a lame referral; what is broken behind an address does not matter either. In one
 * point it is stricter: the data of an address have its length. Time is linear in the length of the reply, and below a
 * millisecond for the longest.
 */
export function readNameAnswer(bytes: Buffer, query: DnsQuery, family: 4 | 6): NameAnswer {
  if (bytes.readUInt16BE(4) !== 1) return { kind: 'useless', why: 'invalid DNS response' };
  const answersAt = HEADER_OCTETS + query.question.length;
  const flags = bytes.readUInt16BE(2);
  const names = new MessageNames(bytes);
  const { rcode, hasAdditional } = readAdditional(names, answersAt);
  if (rcode === NXDOMAIN) return { kind: 'nothing', isNameKnown: false };
  const answers = bytes.readUInt16BE(6);
  if (answers > 0 && headerAt(names, answersAt) === undefined) return UNREADABLE;
  if (rcode !== 0) return MISBEHAVING;
  const isReferral = answers === 0 && (flags & (FLAG_AA | FLAG_RA)) === 0 && !hasAdditional;
  return isReferral ? { kind: 'useless', why: 'lame referral' } : readAddresses(names, answersAt, family);
}

function readAddresses(names: MessageNames, answersAt: number, family: 4 | 6): NameAnswer {
  const { bytes } = names;
  const [type, octets] = family === 4 ? [TYPE_A, 4] : [TYPE_AAAA, 16];
  const addresses: string[] = [];
  const aliases = new Aliases(names);
  let at = answersAt;
  for (let left = bytes.readUInt16BE(6); left > 0; left--) {
    const record = headerAt(names, at);
    const isBroken = record === undefined || record.next > bytes.length;
    if (isBroken || (record.type === type && record.octets !== octets)) {
      return found(addresses, aliases) ?? UNREADABLE;
    }
    if (record.type === TYPE_CNAME) aliases.add(record.dataAt);
    if (record.type === type && addresses.length < MOST_ADDRESSES) {
      aliases.add(at);
      addresses.push(formatIpBytes(bytes.subarray(record.dataAt, record.next)));
    }
    at = record.next;
  }
  return found(addresses, aliases) ?? { kind: 'nothing', isNameKnown: true };
}

function found(addresses: readonly string[], aliases: Aliases): NameAnswer | undefined {
  return addresses.length === 0 ? undefined : { kind: 'addresses', addresses, aliases: aliases.names() };
}

/** Name servers follow fewer: BIND and Unbound give up after 11 aliases. */
const MOST_ALIASES = 16;
/** The owner of each address is read, too, and often is the same one. */
const MOST_NAMES_READ = MOST_ADDRESSES + MOST_ALIASES;
/** A pointer to the question, as servers write the owner of most records. */
const POINTER_TO_QUESTION = 0xc000 | HEADER_OCTETS;

/** The names of an answer that are not the one that was asked for. */
class Aliases {
  readonly #inMessage: MessageNames;
  readonly #names = new Set<string>();
  #read = 0;

  constructor(inMessage: MessageNames) {
    this.#inMessage = inMessage;
  }

  /** Adds the name at an offset; one beyond a limit, or a broken one, becomes an empty name. */
  add(at: number): void {
    const { bytes } = this.#inMessage;
    if (at + 2 <= bytes.length && bytes.readUInt16BE(at) === POINTER_TO_QUESTION) return;
    const name = this.#read++ < MOST_NAMES_READ ? this.#inMessage.text(at) : '';
    this.#names.add(this.#names.size < MOST_ALIASES || this.#names.has(name) ? name : '');
  }

  names(): readonly string[] {
    return [...this.#names];
  }
}

/**
 * The response code with the extended bits of the first OPT record (RFC 6891, section 6.1.3), and whether there is any
 * additional record. What cannot be read counts as absent.
 */
function readAdditional(names: MessageNames, answersAt: number): { rcode: number; hasAdditional: boolean } {
  const { bytes } = names;
  const rcode = bytes.readUInt16BE(2) & 0xf;
  let at = answersAt;
  for (let left = bytes.readUInt16BE(6) + bytes.readUInt16BE(8); left > 0; left--) {
    const passed = passRecord(names, at);
    if (passed === undefined) return { rcode, hasAdditional: false };
    at = passed;
  }
  let hasAdditional = false;
  for (let left = bytes.readUInt16BE(10); left > 0; left--) {
    const record = headerAt(names, at);
    if (record === undefined) break;
    hasAdditional = true;
    if (record.type === TYPE_OPT) return { rcode: rcode | ((record.ttl >>> 24) << 4), hasAdditional };
    if (record.next > bytes.length) break;
    at = record.next;
  }
  return { rcode, hasAdditional };
}

interface RecordHeader {
  readonly type: number;
  readonly ttl: number;
  readonly dataAt: number;
  readonly octets: number;
  /** The offset behind the data, which may be behind the message. */
  readonly next: number;
}

/** Type, class, TTL and the length of the data. */
const FIXED_OCTETS = 10;

/** The header of the record at an offset; undefined if it is broken, or its owner is. */
function headerAt(names: MessageNames, at: number): RecordHeader | undefined {
  const { bytes } = names;
  const end = names.end(at);
  if (end === undefined || end + FIXED_OCTETS > bytes.length || !names.isName(at)) return undefined;
  const dataAt = end + FIXED_OCTETS;
  const octets = bytes.readUInt16BE(end + 8);
  return { type: bytes.readUInt16BE(end), ttl: bytes.readUInt32BE(end + 4), dataAt, octets, next: dataAt + octets };
}

/** The offset behind a record; undefined if the message ends before. */
function passRecord(names: MessageNames, at: number): number | undefined {
  const { bytes } = names;
  const end = names.end(at);
  if (end === undefined || end + FIXED_OCTETS > bytes.length) return undefined;
  const next = end + FIXED_OCTETS + bytes.readUInt16BE(end + 8);
  return next > bytes.length ? undefined : next;
}
