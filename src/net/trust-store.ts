import { X509Certificate } from 'node:crypto';
import { certificatesInPem, readCertificate, toPem } from './certificate.js';
import type { Certificate } from './certificate.js';
import { DerError } from './der-reader.js';

/** The authorities that a module trusts. */
export interface TrustStore {
  /** For OpenSSL, one by one, because it ignores whatever follows a certificate that it cannot read; undefined means the roots of Node. */
  readonly pems: readonly string[] | undefined;
  /** The trusted certificates with this subject (DER). */
  readonly bySubject: (subject: Buffer) => readonly Certificate[];
  readonly contains: (certificate: Certificate) => boolean;
}

/**
 * The certificates of PEM text as a trust store; undefined if it has none that can be used. Like in Go, those that cannot be parsed are
 * skipped, and every certificate is an anchor, whether it is a root or not.
 */
export function trustStoreOf(pem: string): TrustStore | undefined {
  const certificates = certificatesInPem(pem).filter(isUsable).map(readCertificate);
  if (certificates.length === 0) return undefined;
  return { pems: certificates.map(({ der }) => toPem(der)), ...indexBySubject(() => certificates) };
}

/** A trust store from many certificates, which are only read when a chain is looked for. */
export function trustStoreOfRoots(pems: readonly string[] | undefined, ders: () => readonly Buffer[]): TrustStore {
  return { pems, ...indexBySubject(() => ders().flatMap(readIfPossible)) };
}

function indexBySubject(certificates: () => readonly Certificate[]): Pick<TrustStore, 'bySubject' | 'contains'> {
  let index: ReadonlyMap<string, readonly Certificate[]> | undefined;
  const bySubject = (subject: Buffer): readonly Certificate[] =>
    (index ??= groupBySubject(certificates())).get(subject.toString('latin1')) ?? [];
  return {
    bySubject,
    contains: (certificate) => bySubject(certificate.subject).some(({ der }) => der.equals(certificate.der)),
  };
}

function groupBySubject(certificates: readonly Certificate[]): Map<string, Certificate[]> {
  const groups = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    const key = certificate.subject.toString('latin1');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [certificate]);
    else group.push(certificate);
  }
  return groups;
}

function readIfPossible(der: Buffer): Certificate[] {
  try {
    return [readCertificate(der)];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}

/** Whether both readers, OpenSSL's and ours, can parse it: OpenSSL has no common class for its errors. */
function isUsable(der: Buffer): boolean {
  if (readIfPossible(der).length === 0) return false;
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
