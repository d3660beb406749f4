import type { DerElement } from './der-reader.js';
import { DerError, derChildren, derChildrenOf, derContentOf, readDer, readObjectIdentifier } from './der-reader.js';

/** The tags of X.509's structures that are read here. */
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const SAN_MAIL_ADDRESS = 0x81;
const SAN_DNS_NAME = 0x82;
const SAN_URI = 0x86;
const SAN_IP_ADDRESS = 0x87;

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';

/** The names that a certificate is for. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly mailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ipAddresses: readonly Buffer[];
}

/** What is read from a certificate without OpenSSL, which takes ten times as long and hides the order of a name's parts. */
export interface Certificate {
  readonly der: Buffer;
  /** The content bytes of the INTEGER. */
  readonly serial: Buffer;
  /** DER of the names. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Unix time. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Absent if the certificate has no such extension. */
  readonly alternativeNames: AlternativeNames | undefined;
}

/** Reads a certificate (RFC 5280, 4.1); throws DerError. */
export function readCertificate(der: Buffer): Certificate {
  const [tbs] = derChildrenOf(readDer(der), SEQUENCE);
  const fields = derChildrenOf(tbs, SEQUENCE);
  if (fields[0]?.tag === VERSION) fields.shift();
  const [serial, , issuer, validity, subject] = fields;
  const [notBefore, notAfter] = derChildrenOf(validity, SEQUENCE);
  if (issuer === undefined || subject === undefined) throw new DerError('certificate has no names');
  return {
    der,
    serial: derContentOf(serial, INTEGER),
    issuer: issuer.whole,
    subject: subject.whole,
    notBeforeSeconds: readTime(notBefore),
    notAfterSeconds: readTime(notAfter),
    alternativeNames: readAlternativeNames(fields.find(({ tag }) => tag === EXTENSIONS)),
  };
}

function readAlternativeNames(extensions: DerElement | undefined): AlternativeNames | undefined {
  if (extensions === undefined) return undefined;
  for (const extension of derChildrenOf(derChildren(extensions.content)[0], SEQUENCE)) {
    const parts = derChildrenOf(extension, SEQUENCE);
    if (readObjectIdentifier(derContentOf(parts[0], OBJECT_IDENTIFIER)) !== SUBJECT_ALTERNATIVE_NAME) continue;
    const names = derChildrenOf(readDer(derContentOf(parts.at(-1), OCTET_STRING)), SEQUENCE);
    const texts = (kind: number): readonly string[] =>
      names.filter(({ tag }) => tag === kind).map(({ content }) => content.toString('latin1'));
    return {
      dnsNames: texts(SAN_DNS_NAME),
      mailAddresses: texts(SAN_MAIL_ADDRESS),
      uris: texts(SAN_URI),
      ipAddresses: names.filter(({ tag }) => tag === SAN_IP_ADDRESS).map(({ content }) => content),
    };
  }
  return undefined;
}

/** UTCTime (two digits of the year, 1950–2049) or GeneralizedTime, always in UTC and with seconds (RFC 5280, 4.1.2.5). */
function readTime(element: DerElement | undefined): number {
  const text = element?.content.toString('latin1') ?? '';
  const digits = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const yearDigits = digits?.[1]?.length === 2 ? UTC_TIME : GENERALIZED_TIME;
  if (digits === null || element?.tag !== yearDigits) throw new DerError('certificate has a malformed time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(yearDigits === UTC_TIME ? year + (year < 50 ? 2000 : 1900) : year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1000;
}

/** The certificates of PEM text as DER, in order; other blocks and text between them are skipped. */
export function certificatesInPem(text: string): Buffer[] {
  const found = text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g);
  return [...found].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
}

/** The opposite: PEM as OpenSSL reads it. */
export function toPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
