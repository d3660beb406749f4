import { isIpAddress } from '../../values/address/ip-address.js';
import { goQuote } from '../../values/go/go-quote.js';
import { checkEscapes, parseAuthority, splitGoUrl, UrlError } from '../../values/go/go-url.js';
import type { Steps } from '../../values/in-slices.js';
import { CertificateError, type DerCursor } from './der-cursor.js';
import { isValidDomain } from './domain.js';
import { parseMailbox } from './mailbox.js';
import { shortened } from './shortened.js';

/** Names read in one step, which takes well below a millisecond, also for URIs. */
const NAMES_A_STEP = 64;

const SEQUENCE = 0x30;
const MAIL_ADDRESS = 0x81;
const DNS_NAME = 0x82;
const URI = 0x86;
const IP_ADDRESS = 0x87;

/**
 * The names that a certificate is valid for (RFC 5280, section 4.2.1.6). Like Go, this ignores other kinds of names.
 */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly mailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** Addresses of 4 or 16 bytes. */
  readonly ipAddresses: readonly Buffer[];
  /** The bytes of the extension. */
  readonly der: Buffer;
}

/** Reads the value of a subjectAltName extension. Throws CertificateError. */
export function* readAlternativeNames(value: DerCursor): Steps<AlternativeNames> {
  const { bytes } = value;
  const names = value.enter(SEQUENCE);
  if (names === undefined) throw new CertificateError('invalid subject alternative names');
  // All names are parts of one text, since a certificate can have tens of thousands.
  const offset = value.start;
  const text = bytes.toString('latin1', offset, value.stop);
  const dnsNames: string[] = [];
  const mailAddresses: string[] = [];
  const uris: string[] = [];
  const ipAddresses: Buffer[] = [];
  const part = (kind: string): string => {
    if (!isAscii(bytes, names.start, names.stop)) throw new CertificateError(`SAN ${kind} is malformed`);
    return text.slice(names.start - offset, names.stop - offset);
  };
  for (let count = 1; !names.isEmpty; count++) {
    if (count % NAMES_A_STEP === 0) yield;
    if (!names.readAny()) throw new CertificateError('invalid subject alternative name');
    if (names.tag === DNS_NAME) dnsNames.push(part('dNSName'));
    else if (names.tag === MAIL_ADDRESS) mailAddresses.push(part('rfc822Name'));
    else if (names.tag === URI) uris.push(checkedUri(part('uniformResourceIdentifier')));
    else if (names.tag === IP_ADDRESS) ipAddresses.push(readAddress(names.lastContent()));
  }
  return { dnsNames, mailAddresses, uris, ipAddresses, der: bytes.subarray(offset, value.stop) };
}

/** A simple URI: scheme, host of letters and digits, port, path. */
const PLAIN_URI =
  /^[a-z][a-z0-9]{0,31}:\/\/([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,127}(?::\d{1,9})?)(?:\/[A-Za-z0-9/._-]*)?$/;

/**
 * Returns the same text if it is a URI that Go accepts; throws CertificateError otherwise. A certificate can have
 * thousands of URIs, and an object for each would burden the garbage collector.
 */
function checkedUri(text: string): string {
  if (PLAIN_URI.test(text)) return text;
  try {
    if (isValidDomain(hostOfUri(text))) return text;
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    const quoted = goQuote(shortened(text));
    throw new CertificateError(`cannot parse URI ${quoted}: parse ${quoted}: ${error.message}`);
  }
  throw new CertificateError(`cannot parse URI ${goQuote(shortened(text))}: invalid domain`);
}

/** The host of a certificate's URI as Go's url.Parse finds it, with the port; "" if there is none. Throws UrlError. */
export function hostOfUri(text: string): string {
  const { scheme, authority, path } = splitGoUrl(text);
  if (authority !== undefined) {
    const { host } = parseAuthority(authority);
    checkEscapes(path);
    return host;
  }
  // A URI with a scheme and without a slash is opaque, such as `urn:x`.
  if (scheme !== undefined && !path.startsWith('/')) return '';
  if ((path.split('/', 1)[0] ?? '').includes(':')) throw new UrlError('first path segment in URL cannot contain colon');
  checkEscapes(path);
  return '';
}

function readAddress(content: Buffer): Buffer {
  if (content.length !== 4 && content.length !== 16) {
    throw new CertificateError(`cannot parse IP address of length ${content.length}`);
  }
  if (isMapped(content)) throw new CertificateError('SAN iPAddress contains IPv4-mapped IPv6 address');
  return content;
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

/** Whether 16 bytes are an IPv4-mapped IPv6 address. */
function isMapped(address: Buffer): boolean {
  return address.length === 16 && address.subarray(0, 12).equals(MAPPED);
}

/** The names that an authority may sign for, or may not. */
export interface Subtrees {
  readonly dnsDomains: readonly string[];
  readonly mailAddresses: readonly string[];
  readonly uriDomains: readonly string[];
  readonly ipRanges: readonly IpRange[];
}

/** A range of IP addresses. */
export interface IpRange {
  /** An address of 4 or 16 bytes. */
  readonly address: Buffer;
  readonly mask: Buffer;
}

/** Subtrees as read from a certificate. */
export interface ReadSubtrees extends Subtrees {
  /** Whether there are kinds of names that Go does not check, such as directory names. */
  readonly hasOthers: boolean;
}

/** Reads GeneralSubtrees (RFC 5280, section 4.2.1.10), which may be missing. Throws CertificateError. */
export function* readSubtrees(trees: DerCursor | null): Steps<ReadSubtrees> {
  const dnsDomains: string[] = [];
  const mailAddresses: string[] = [];
  const uriDomains: string[] = [];
  const ipRanges: IpRange[] = [];
  let hasOthers = false;
  for (let count = 1; trees !== null && !trees.isEmpty; count++) {
    if (count % NAMES_A_STEP === 0) yield;
    const base = trees.enter(SEQUENCE);
    if (base?.readAny() !== true) throw new CertificateError('invalid NameConstraints extension');
    const content = base.lastContent();
    if (base.tag === DNS_NAME) dnsDomains.push(readDomain(content, 'dnsName'));
    else if (base.tag === MAIL_ADDRESS) mailAddresses.push(readMailConstraint(content));
    else if (base.tag === URI) uriDomains.push(readUriDomain(content));
    else if (base.tag === IP_ADDRESS) ipRanges.push(readRange(content));
    else hasOthers = true;
  }
  return { dnsDomains, mailAddresses, uriDomains, ipRanges, hasOthers };
}

function readDomain(content: Buffer, kind: string): string {
  const text = asciiOf(content);
  if (!isValidDomain(text, 'constraint')) throw badConstraint(kind, text);
  return text;
}

function readMailConstraint(content: Buffer): string {
  const text = asciiOf(content);
  if (!text.includes('@')) return readDomain(content, 'rfc822Name');
  if (parseMailbox(text) === undefined) throw badConstraint('rfc822Name', text);
  return text;
}

function readUriDomain(content: Buffer): string {
  const text = asciiOf(content);
  if (isIpAddress(text)) throw badConstraint('URI', text, ': cannot be IP address');
  return readDomain(content, 'URI');
}

function badConstraint(kind: string, text: string, why = ''): CertificateError {
  return new CertificateError(`failed to parse ${kind} constraint ${goQuote(shortened(text))}${why}`);
}

function asciiOf(content: Buffer): string {
  const text = content.toString('latin1');
  if (isAscii(content, 0, content.length)) return text;
  const quoted = goQuote(shortened(content.toString('utf8')));
  throw new CertificateError(`invalid constraint value: x509: ${quoted} cannot be encoded as an IA5String`);
}

function readRange(content: Buffer): IpRange {
  const { length } = content;
  if (length !== 8 && length !== 32) {
    throw new CertificateError(`IP constraint contained value of length ${length}`);
  }
  const address = content.subarray(0, length / 2);
  const mask = content.subarray(length / 2);
  if (!/^1*0*$/.test([...mask].map((byte) => byte.toString(2).padStart(8, '0')).join(''))) {
    throw new CertificateError(`IP constraint contained invalid mask ${mask.toString('hex')}`);
  }
  if (isMapped(address)) throw new CertificateError('IP constraint contained IPv4-mapped IPv6 address');
  return { address, mask };
}

function isAscii(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] ?? 0) >= 0x80) return false;
  return true;
}
