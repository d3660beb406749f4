import type { DerElement } from './der-reader.js';
import { derChildrenOf, derContentOf, readDer, readObjectIdentifier } from './der-reader.js';

const OBJECT_IDENTIFIER = 0x06;
const T61_STRING = 0x14;
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

/**
 * A distinguished name (DER) as Go's pkix.Name.String writes it; throws DerError. Attributes that Go has no name for are shown as
 * Go 1.27 shows them, by their text; programs built with older ones show its DER in hexadecimal.
 */
export function formatDistinguishedName(der: Buffer): string {
  const attributes = readAttributes(der);
  const known = KNOWN_ATTRIBUTES.flatMap(({ oid, name, onlyLast }) => {
    const values = attributes.filter((attribute) => attribute.oid === oid).map(({ value }) => value);
    const shown = onlyLast === true ? values.slice(-1).filter((value) => value !== '') : values;
    return shown.length === 0 ? [] : [shown.map((value) => `${name}=${escapeValue(value)}`).join('+')];
  });
  const others = attributes.filter(({ oid }) => !KNOWN_OIDS.has(oid)).reverse();
  return [...known, ...others.map(({ oid, value }) => `${oid}=${escapeValue(value)}`)].join(',');
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
  // Go takes T.61 for Latin 1, as everybody who writes it does; bytes that are no UTF-8 where it is due it refuses, and we show U+FFFD.
  return element.content.toString(element.tag === T61_STRING ? 'latin1' : 'utf8');
}

function readBmp(content: Buffer): string {
  return Buffer.from(content.subarray(0, content.length & ~1))
    .swap16()
    .toString('utf16le')
    .replace(/\0$/, '');
}

/** The escapes of RFC 2253; line breaks stay as they are. */
function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/(?<=.) $/s, '\\ ')
    .replace(/^[ #]/, '\\$&');
}
