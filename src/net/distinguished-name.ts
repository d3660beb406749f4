import type { DerElement } from './der-reader.js';
import { derChildrenOf, derContentOf, readDer, readObjectIdentifier } from './der-reader.js';

const OBJECT_IDENTIFIER = 0x06;
const PRINTABLE_STRING = 0x13;
const UTF8_STRING = 0x0c;
const BMP_STRING = 0x1e;
const SET = 0x31;
const SEQUENCE = 0x30;

interface KnownAttribute {
  readonly oid: string;
  readonly name: string;
  /** Whether only the last of several values is shown. */
  readonly onlyLast?: true;
}

/** The attributes that Go shows by name, in the order in which it shows them, whatever the order in the certificate. */
const KNOWN_ATTRIBUTES: readonly KnownAttribute[] = [
  { oid: '2.5.4.5', name: 'SERIALNUMBER', onlyLast: true },
  { oid: '2.5.4.3', name: 'CN', onlyLast: true },
  { oid: '2.5.4.11', name: 'OU' },
  { oid: '2.5.4.10', name: 'O' },
  { oid: '2.5.4.17', name: 'POSTALCODE' },
  { oid: '2.5.4.9', name: 'STREET' },
  { oid: '2.5.4.7', name: 'L' },
  { oid: '2.5.4.8', name: 'ST' },
  { oid: '2.5.4.6', name: 'C' },
];
const KNOWN_OIDS = new Set(KNOWN_ATTRIBUTES.map(({ oid }) => oid));

interface Attribute {
  readonly oid: string;
  readonly value: string;
}

/** A distinguished name (DER) as Go's pkix.Name.String writes it; throws DerError. */
export function formatDistinguishedName(der: Buffer): string {
  const attributes = readAttributes(der);
  const known = KNOWN_ATTRIBUTES.flatMap(({ oid, name, onlyLast }) => {
    const values = attributes.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
    const shown = onlyLast === true ? values.slice(-1).filter((value) => value !== '') : values;
    return shown.length === 0 ? [] : [shown.map((value) => `${name}=${escapeValue(value)}`).join('+')];
  });
  const others = attributes.filter(({ oid }) => !KNOWN_OIDS.has(oid)).reverse();
  return [...known, ...others.map(({ oid, value }) => `${oid}=#${encodeValue(value)}`)].join(',');
}

/** The common name, the last one of several; "" if there is none. */
export function commonNameOf(der: Buffer): string {
  return readAttributes(der).findLast(({ oid }) => oid === '2.5.4.3')?.value ?? '';
}

function readAttributes(der: Buffer): Attribute[] {
  const relativeNames = derChildrenOf(readDer(der), SEQUENCE);
  return relativeNames.flatMap((relativeName) =>
    derChildrenOf(relativeName, SET).map((attribute) => {
      const [oid, value] = derChildrenOf(attribute, SEQUENCE);
      return { oid: readObjectIdentifier(derContentOf(oid, OBJECT_IDENTIFIER)), value: readText(value) };
    }),
  );
}

function readText(element: DerElement | undefined): string {
  if (element === undefined) return '';
  if (element.tag === BMP_STRING) return readBmp(element.content);
  return decodeUtf8(element.content);
}

function readBmp(content: Buffer): string {
  return Buffer.from(content.subarray(0, content.length & ~1))
    .swap16()
    .toString('utf16le')
    .replace(/\0$/, '');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, each byte that is none becoming one U+FFFD, as when Go walks over a string. */
function decodeUtf8(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = utf8LengthAt(bytes, at);
    text += length === 0 ? '\ufffd' : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** The length of the well-formed UTF-8 sequence at `at`; 0 if there is none. */
function utf8LengthAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  try {
    strictUtf8.decode(bytes.subarray(at, at + length));
    return lead >= 0xc2 ? length : 0;
  } catch (error) {
    if (error instanceof TypeError) return 0;
    throw error;
  }
}

/** The escapes of RFC 2253; line breaks stay as they are. */
function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/(?<=.) $/s, '\\ ')
    .replace(/^[ #]/, '\\$&');
}

/** The value as DER in hexadecimal: a PrintableString if its characters allow, else a UTF8String, whatever it was. */
function encodeValue(value: string): string {
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? PRINTABLE_STRING : UTF8_STRING;
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([tag, ...derLength(bytes.length)]), bytes]).toString('hex');
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}
