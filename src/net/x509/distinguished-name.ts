import type { Steps } from '../../values/in-slices.js';
import { CertificateError, DerCursor, due } from './der-cursor.js';
import { readObjectIdentifier } from './der-reader.js';
import { textOfValue, valueProblem } from './name-value.js';

const SET = 0x31;
const SEQUENCE = 0x30;

interface KnownAttribute {
  /** In hexadecimal. */
  readonly oid: string;
  readonly name: string;
  /** Whether only the last of several values is shown. */
  readonly onlyLast?: true;
}

/** The attributes that Go shows by name, in Go's order, independent of their order in the certificate. */
const KNOWN_ATTRIBUTES: readonly KnownAttribute[] = [
  { oid: '550405', name: 'SERIALNUMBER', onlyLast: true },
  { oid: '550403', name: 'CN', onlyLast: true },
  { oid: '55040b', name: 'OU' },
  { oid: '55040a', name: 'O' },
  { oid: '550411', name: 'POSTALCODE' },
  { oid: '550409', name: 'STREET' },
  { oid: '550407', name: 'L' },
  { oid: '550408', name: 'ST' },
  { oid: '550406', name: 'C' },
];
const KNOWN_OIDS = new Set(KNOWN_ATTRIBUTES.map(({ oid }) => oid));

/** A part of a name: cursors that have just read its value and its identifier. */
interface Attribute {
  readonly value: DerCursor;
  readonly identifier: DerCursor;
}

/** Parts of a name read in one step, which takes well below a millisecond. */
const PARTS_A_STEP = 64;

/**
 * A distinguished name (DER) as Go's pkix.Name.String writes it; throws DerError. Attributes that Go has no name for
 * are shown as Go 1.27 shows them, by their text; programs built with older ones show its DER in hexadecimal. Yields
 * within long names.
 */
export function* formatDistinguishedName(der: Buffer): Steps<string> {
  const values = new Map<string, string[]>();
  const others: string[] = [];
  for (const [index, attribute] of eachAttribute(der)) {
    if (index % PARTS_A_STEP === PARTS_A_STEP - 1) yield;
    const oid = oidOf(attribute);
    const value = textOfValue(attribute.value);
    const list = values.get(oid);
    if (list !== undefined) list.push(value);
    else if (KNOWN_OIDS.has(oid)) values.set(oid, [value]);
    else others.push(`${dotted(oid)}=${escapeValue(value)}`);
  }
  const known = KNOWN_ATTRIBUTES.flatMap(({ oid, name, onlyLast }) => {
    const all = values.get(oid) ?? [];
    const shown = onlyLast === true ? all.slice(-1).filter((value) => value !== '') : all;
    return shown.length === 0 ? [] : [shown.map((value) => `${name}=${escapeValue(value)}`).join('+')];
  });
  return [...known, ...others.reverse()].join(',');
}

function dotted(oid: string): string {
  return readObjectIdentifier(Buffer.from(oid, 'hex'));
}

/** The common name, the last one of several; "" if there is none. */
export function commonNameOf(der: Buffer): string {
  let found = '';
  for (const [, attribute] of eachAttribute(der)) {
    if (oidOf(attribute) === '550403') found = textOfValue(attribute.value);
  }
  return found;
}

/** The first organization; "" if there is none. */
export function organizationOf(der: Buffer): string {
  for (const [, attribute] of eachAttribute(der)) {
    if (oidOf(attribute) === '55040a') return textOfValue(attribute.value);
  }
  return '';
}

/** Throws CertificateError, in Go's words, for a name that Go's parser refuses. Yields within long names. */
export function* checkName(der: Buffer): Steps<void> {
  for (const [index, { value }] of eachAttribute(der)) {
    if (index % PARTS_A_STEP === PARTS_A_STEP - 1) yield;
    const problem = valueProblem(value);
    if (problem !== undefined) throw new CertificateError(`invalid RDNSequence: invalid attribute value: ${problem}`);
  }
}

function oidOf({ identifier }: Attribute): string {
  return identifier.lastContent().toString('hex');
}

/** The parts of a name, counted. */
function* eachAttribute(der: Buffer): Generator<readonly [index: number, attribute: Attribute], void> {
  let index = 0;
  const relativeNames = due(new DerCursor(der).enter(SEQUENCE), 'invalid RDNSequence');
  while (!relativeNames.isEmpty) {
    const relativeName = due(relativeNames.enter(SET), 'invalid RDNSequence');
    while (!relativeName.isEmpty) {
      const attribute = due(relativeName.enter(SEQUENCE), 'invalid RDNSequence: invalid attribute');
      const identifier = attribute.copy();
      if (!identifier.readObjectIdentifier()) {
        throw new CertificateError('invalid RDNSequence: invalid attribute type');
      }
      attribute.readAny();
      if (!attribute.readAny()) {
        throw new CertificateError('invalid RDNSequence: invalid attribute value: invalid ASN.1 element');
      }
      yield [index++, { value: attribute, identifier }];
    }
  }
}

/** The escapes of RFC 2253; line breaks stay as they are. */
function escapeValue(value: string): string {
  if (!/[,+"\\<>;]|^[ #]| $/.test(value)) return value;
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/(?<=.) $/s, '\\ ')
    .replace(/^[ #]/, '\\$&');
}
