import { atOnce, type Steps } from '../../values/in-slices.js';
import { readTime } from './certificate-time.js';
import { CertificateError, DerCursor, due, isMinimalInteger } from './der-cursor.js';
import { checkName } from './distinguished-name.js';
import { type Extensions, readExtensions } from './extensions.js';
import type { AlternativeNames } from './general-names.js';
import { type PublicKey, readPublicKey } from './public-key.js';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.js';

/** The tags of X.509's structures that are read here. */
const INTEGER = 0x02;
const SEQUENCE = 0x30;
const VERSION = 0xa0;
const ISSUER_ID = 0x81;
const SUBJECT_ID = 0x82;
const EXTENSIONS = 0xa3;

/**
 * A certificate as Go reads it. It is read without OpenSSL, which takes ten times as long and hides the order of a
 * name's parts.
 */
export interface Certificate {
  readonly der: Buffer;
  /** 1 to 3. */
  readonly version: number;
  /** The content bytes of the INTEGER. */
  readonly serial: Buffer;
  /** DER of the names. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Unix time. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Buffer;
  /** Undefined for an algorithm that Go does not know. */
  readonly publicKey: PublicKey | undefined;
  /** Absent if the certificate has no such extension. */
  readonly alternativeNames: AlternativeNames | undefined;
  readonly extensions: Readonly<Extensions>;
  /** The size of what follows the key and is of no interest to Go, though other programs read it. */
  readonly unreadBytes: number;
  /** DER of what is signed. */
  readonly signed: Buffer;
  /** Undefined for one that Go does not know. */
  readonly signatureAlgorithm: SignatureAlgorithm | undefined;
  readonly signature: Buffer;
}

/** Reads a certificate (RFC 5280, 4.1) as strictly as Go's parser; throws CertificateError with Go's words. */
export function readCertificate(der: Buffer): Certificate {
  return atOnce(certificateInSteps(der));
}

/** Reads the same in steps, for certificates that may be long. */
export function* certificateInSteps(der: Buffer): Steps<Certificate> {
  const input = new DerCursor(der);
  const outer = due(input.enter(SEQUENCE), 'malformed certificate');
  const signed = due(outer.element(SEQUENCE), 'malformed tbs certificate');
  const algorithm = due(outer.element(SEQUENCE), 'malformed algorithm identifier');
  const body = yield* readBody(signed, algorithm);
  const signature = due(outer.bitString(), 'malformed signature');
  if (!input.isEmpty) throw new CertificateError('trailing data');
  return { der, signed, signature, ...body };
}

type Body = Omit<Certificate, 'der' | 'signed' | 'signature'>;

function* readBody(signed: Buffer, outerAlgorithm: Buffer): Steps<Body> {
  const fields = due(new DerCursor(signed).enter(SEQUENCE), 'malformed tbs certificate');
  const version = readVersion(fields);
  const serial = readSerial(fields);
  const innerAlgorithm = due(fields.element(SEQUENCE), 'malformed signature algorithm identifier');
  if (!innerAlgorithm.equals(outerAlgorithm)) {
    throw new CertificateError("inner and outer signature algorithm identifiers don't match");
  }
  const algorithmFields = due(new DerCursor(innerAlgorithm).enter(SEQUENCE), 'malformed algorithm identifier');
  const signatureAlgorithm = readSignatureAlgorithm(algorithmFields);
  const issuer = yield* readName(fields);
  const validity = due(fields.enter(SEQUENCE), 'malformed validity');
  const notBeforeSeconds = readTime(validity);
  const notAfterSeconds = readTime(validity);
  const subject = yield* readName(fields);
  const publicKeyInfo = due(fields.element(SEQUENCE), 'malformed spki');
  const publicKey = readPublicKey(publicKeyInfo);
  const extensions = version === 1 ? {} : yield* readRest(fields, version);
  const { alternativeNames } = extensions;
  return {
    ...{ version, serial, issuer, subject, notBeforeSeconds, notAfterSeconds },
    ...{ publicKeyInfo, publicKey, alternativeNames, extensions, signatureAlgorithm, unreadBytes: fields.left },
  };
}

function readVersion(fields: DerCursor): number {
  const explicit = fields.enterOptional(VERSION);
  if (explicit === null) return 1;
  const version = explicit?.integer(INTEGER);
  if (version === undefined || explicit?.isEmpty !== true || version < 0 || version > 3) {
    throw new CertificateError('malformed version');
  }
  if (version === 3) throw new CertificateError('invalid version');
  return version + 1;
}

function readSerial(fields: DerCursor): Buffer {
  const serial = due(fields.content(INTEGER), 'malformed serial number');
  if (!isMinimalInteger(serial)) throw new CertificateError('malformed serial number');
  if ((serial[0] ?? 0) >= 0x80) throw new CertificateError('negative serial number');
  return serial;
}

function* readName(fields: DerCursor): Steps<Buffer> {
  // Go says "issuer" of both.
  const name = due(fields.element(SEQUENCE), 'malformed issuer');
  yield* checkName(name);
  return name;
}

/** Reads the fields that only versions 2 and 3 have: unique ids and extensions. */
function* readRest(fields: DerCursor, version: number): Steps<Readonly<Extensions>> {
  if (fields.peek() === ISSUER_ID) due(fields.content(ISSUER_ID), 'malformed issuerUniqueID');
  if (fields.peek() === SUBJECT_ID) due(fields.content(SUBJECT_ID), 'malformed subjectUniqueID');
  if (version < 3) return {};
  const field = due(fields.enterOptional(EXTENSIONS), 'malformed extensions');
  return field === null ? {} : yield* readExtensions(field);
}
