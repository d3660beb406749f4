import type { Steps } from '../../values/in-slices.js';
import { type Certificate, readCertificate } from '../x509/certificate.js';
import { DerCursor } from '../x509/der-cursor.js';
import { DerError } from '../x509/der-reader.js';
import { eachCertificateInPem } from './pem.js';

/**
 * A set of certificates by their subjects. The trusted ones of a module are one: every certificate in it is an anchor,
 * whether it is a root or not.
 */
export interface TrustStore {
  /** All certificates of the set, also those that turn out to be unreadable. */
  readonly ders: readonly Buffer[];
  /** The certificates with this subject (DER), in the order in which they were given. */
  readonly bySubject: (subject: Buffer) => readonly Certificate[];
  readonly contains: (certificate: Certificate) => boolean;
}

/**
 * The certificates of PEM text, which may be long, as a trust store; undefined if it has none that can be used. Like in
 * Go, those that cannot be parsed are skipped.
 */
export function* trustStoreSteps(pem: string): Steps<TrustStore | undefined> {
  // By the bytes: many may have one subject.
  const unique = new Map<string, Certificate>();
  for (const der of eachCertificateInPem(pem)) {
    const key = der.toString('latin1');
    if (!unique.has(key)) for (const certificate of readIfPossible(der)) unique.set(key, certificate);
    yield;
  }
  return unique.size === 0 ? undefined : storeOf([...unique.values()]);
}

/** A set of these certificates, each once. */
export function certificateSet(certificates: readonly Certificate[]): TrustStore {
  const unique: Certificate[] = [];
  for (const certificate of certificates) {
    if (!unique.some(({ der }) => der.equals(certificate.der))) unique.push(certificate);
  }
  return storeOf(unique);
}

function storeOf(certificates: readonly Certificate[]): TrustStore {
  const groups = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    const group = groups.get(keyOf(certificate.subject));
    if (group === undefined) groups.set(keyOf(certificate.subject), [certificate]);
    else group.push(certificate);
  }
  const bySubject = (subject: Buffer): readonly Certificate[] => groups.get(keyOf(subject)) ?? [];
  return {
    ders: certificates.map(({ der }) => der),
    bySubject,
    contains: ({ subject, der }) => bySubject(subject).some((each) => each.der.equals(der)),
  };
}

/** A trust store of many certificates, each of which is only read when a chain may need it. */
export function trustStoreOfRoots(ders: readonly Buffer[]): TrustStore {
  const unread = new Map<string, Buffer[]>();
  for (const der of ders) {
    const key = subjectIn(der);
    if (key === undefined) continue;
    const group = unread.get(key);
    if (group === undefined) unread.set(key, [der]);
    else group.push(der);
  }
  const read = new Map<string, readonly Certificate[]>();
  const bySubject = (subject: Buffer): readonly Certificate[] => {
    const key = keyOf(subject);
    let group = read.get(key);
    if (group === undefined) {
      const found = unread.get(key);
      if (found === undefined) return [];
      read.set(key, (group = found.flatMap(readIfPossible)));
    }
    return group;
  };
  return {
    ders,
    bySubject,
    contains: (certificate) => bySubject(certificate.subject).some(({ der }) => der.equals(certificate.der)),
  };
}

function keyOf(subject: Buffer): string {
  return subject.toString('latin1');
}

/** Finds the subject without reading the rest; undefined for what is no certificate. */
function subjectIn(der: Buffer): string | undefined {
  const fields = new DerCursor(der).enter(SEQUENCE)?.enter(SEQUENCE);
  if (fields?.peek() === VERSION) fields.read(VERSION);
  // Serial number, algorithm, issuer and validity come before it.
  for (const tag of [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE]) if (fields?.read(tag) !== true) return undefined;
  return fields?.element(SEQUENCE)?.toString('latin1');
}

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const VERSION = 0xa0;

function readIfPossible(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}
