import { type Certificate, readCertificate } from '../x509/certificate.js';
import { DerCursor } from '../x509/der-cursor.js';
import { DerError } from '../x509/der-reader.js';
import { certificatesInPem } from './pem.js';

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
 * The certificates of PEM text as a trust store; undefined if it has none that can be used. Like in Go, those that
 * cannot be parsed are skipped.
 */
export function trustStoreOf(pem: string): TrustStore | undefined {
  const certificates = certificatesInPem(pem).flatMap(readIfPossible);
  return certificates.length === 0 ? undefined : certificateSet(certificates);
}

/** A set of these certificates, each once. */
export function certificateSet(certificates: readonly Certificate[]): TrustStore {
  const groups = new Map<string, Certificate[]>();
  const contains = (certificate: Certificate): boolean =>
    groups.get(keyOf(certificate.subject))?.some(({ der }) => der.equals(certificate.der)) === true;
  for (const certificate of certificates) {
    if (contains(certificate)) continue;
    const group = groups.get(keyOf(certificate.subject));
    if (group === undefined) groups.set(keyOf(certificate.subject), [certificate]);
    else group.push(certificate);
  }
  return {
    ders: certificates.map(({ der }) => der),
    bySubject: (subject) => groups.get(keyOf(subject)) ?? [],
    contains,
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
