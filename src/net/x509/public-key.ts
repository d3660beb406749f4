import { CertificateError, DerCursor, due, isMinimalInteger } from './der-cursor.js';
import { bitsOfCurve, type CurveBits, pointProblem } from './elliptic-curves.js';

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** A certificate's key, of the kinds that Go knows. Go's verifier accepts signatures of the first three only. */
export type PublicKey =
  | {
      readonly kind: 'RSA';
      readonly bits: number;
      readonly exponent: number;
      /** Why crypto/rsa does not use the key; undefined if it does. */
      readonly problem: string | undefined;
    }
  | { readonly kind: 'ECDSA'; readonly bits: CurveBits }
  | { readonly kind: 'Ed25519' }
  | { readonly kind: 'ML-DSA' }
  | { readonly kind: 'DSA'; readonly bits: number }
  | { readonly kind: 'X25519' };

/** The names of Go's key types, which its messages contain. */
export const GO_KEY_TYPES: Readonly<Record<PublicKey['kind'], string>> = {
  RSA: '*rsa.PublicKey',
  ECDSA: '*ecdsa.PublicKey',
  Ed25519: 'ed25519.PublicKey',
  'ML-DSA': '*mldsa.PublicKey',
  DSA: '*dsa.PublicKey',
  X25519: '*ecdh.PublicKey',
};

type Reader = (data: Buffer, parameters: Buffer) => PublicKey;

/** Key: the bytes of the object identifier, in hexadecimal. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['2a864886f70d010101', readRsa],
  ['2a8648ce3d0201', readEcdsa],
  ['2b6570', fixedSize('Ed25519', 32)],
  ['2b656e', fixedSize('X25519', 32)],
  ['2a8648ce380401', readDsa],
  ['608648016503040311', fixedSize('ML-DSA', 1312)],
  ['608648016503040312', fixedSize('ML-DSA', 1952)],
  ['608648016503040313', fixedSize('ML-DSA', 2592)],
]);

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). Returns undefined for an algorithm that Go does not know.
 * Throws CertificateError.
 */
export function readPublicKey(info: Buffer): PublicKey | undefined {
  const spki = due(new DerCursor(info).enter(SEQUENCE), 'malformed spki');
  const algorithm = due(spki.enter(SEQUENCE), 'malformed public key algorithm identifier');
  const identifier = due(algorithm.objectIdentifier(), 'malformed OID');
  const parameters = readParameters(algorithm);
  const data = due(spki.bitString(), 'malformed subjectPublicKey');
  return READERS.get(identifier)?.(data, parameters);
}

/** How long the two numbers of an RSA key are. */
export interface RsaSizes {
  readonly modulusBits: number;
  readonly exponentBits: number;
}

/**
 * Reads the sizes of an RSA key from a SubjectPublicKeyInfo by the form of its bits, whatever its algorithm is called,
 * such as id-RSASSA-PSS (RFC 4055, section 1.2). Returns undefined for bits of another form.
 */
export function readRsaSizes(info: Buffer): RsaSizes | undefined {
  const spki = new DerCursor(info).enter(SEQUENCE);
  if (spki?.enter(SEQUENCE) === undefined) return undefined;
  const data = spki.bitString();
  const key = data && new DerCursor(data).enter(SEQUENCE);
  const modulus = key && readInteger(key);
  const exponent = key && readInteger(key);
  if (modulus === undefined || exponent === undefined || !key?.isEmpty) return undefined;
  return { modulusBits: bitLength(modulus), exponentBits: bitLength(exponent) };
}

/** Returns the parameters of an AlgorithmIdentifier with their header; empty if there are none. */
export function readParameters(algorithm: DerCursor): Buffer {
  if (algorithm.isEmpty) return Buffer.alloc(0);
  if (!algorithm.readAny()) throw new CertificateError('malformed parameters');
  return algorithm.bytes.subarray(algorithm.from, algorithm.stop);
}

const NULL = Buffer.from([0x05, 0x00]);
/** Go refuses shorter keys since 1.24. */
const LEAST_RSA_BITS = 1024;
const LARGEST_EXPONENT = 2 ** 31 - 1;

function readRsa(data: Buffer, parameters: Buffer): PublicKey {
  if (!parameters.equals(NULL)) throw new CertificateError('RSA key missing NULL parameters');
  const key = due(new DerCursor(data).enter(SEQUENCE), 'invalid RSA public key');
  const modulus = due(readInteger(key), 'invalid RSA modulus');
  const exponent = due(readExponent(key), 'invalid RSA public exponent');
  if (isNegative(modulus) || isZero(modulus)) throw new CertificateError('RSA modulus is not a positive number');
  if (exponent <= 0) throw new CertificateError('RSA public exponent is not a positive number');
  const bits = bitLength(modulus);
  return { kind: 'RSA', bits, exponent, problem: rsaProblem(bits, exponent, (modulus.at(-1) ?? 0) % 2 === 0) };
}

/** Go refuses an exponent that does not fit into 64 bits, so no arithmetic is needed for it. */
function readExponent(key: DerCursor): number | undefined {
  const content = readInteger(key);
  if (content === undefined || content.length > 8) return undefined;
  return Number(BigInt.asIntN(8 * content.length, BigInt(`0x${content.toString('hex')}`)));
}

function rsaProblem(bits: number, exponent: number, isEven: boolean): string | undefined {
  if (bits < LEAST_RSA_BITS) {
    return `crypto/rsa: ${bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
  }
  if (isEven) return 'crypto/rsa: public modulus is even';
  if (exponent < 2) return 'crypto/rsa: public exponent too small or negative';
  if (exponent % 2 === 0) return 'crypto/rsa: public exponent is even';
  return exponent > LARGEST_EXPONENT ? 'crypto/rsa: public exponent too large' : undefined;
}

function readEcdsa(data: Buffer, parameters: Buffer): PublicKey {
  const identifier = due(new DerCursor(parameters).objectIdentifier(), 'invalid ECDSA parameters');
  const bits = bitsOfCurve(identifier);
  if (bits === undefined) throw new CertificateError('unsupported elliptic curve');
  const problem = pointProblem(identifier, data);
  if (problem !== undefined) throw new CertificateError(problem, { prefixed: false });
  return { kind: 'ECDSA', bits };
}

function fixedSize(kind: 'Ed25519' | 'X25519' | 'ML-DSA', size: number): Reader {
  return (data, parameters) => {
    if (parameters.length > 0) throw new CertificateError(`${kind} key encoded with illegal parameters`);
    if (data.length !== size) throw new CertificateError(`wrong ${kind} public key size`);
    return { kind };
  };
}

function readDsa(data: Buffer, parameters: Buffer): PublicKey {
  const y = due(readInteger(new DerCursor(data)), 'invalid DSA public key');
  const group = due(new DerCursor(parameters).enter(SEQUENCE), 'invalid DSA parameters');
  const p = due(readInteger(group), 'invalid DSA parameters');
  const others = [y, p];
  for (let each = 0; each < 2; each++) others.push(due(readInteger(group), 'invalid DSA parameters'));
  if (others.some((each) => isNegative(each) || isZero(each))) {
    throw new CertificateError('zero or negative DSA parameter');
  }
  return { kind: 'DSA', bits: bitLength(p) };
}

function readInteger(cursor: DerCursor): Buffer | undefined {
  const content = cursor.content(INTEGER);
  return content !== undefined && isMinimalInteger(content) ? content : undefined;
}

function isNegative(integer: Buffer): boolean {
  return (integer[0] ?? 0) >= 0x80;
}

function isZero(integer: Buffer): boolean {
  return integer.length === 1 && integer[0] === 0;
}

function bitLength(integer: Buffer): number {
  const first = integer[0] ?? 0;
  const rest = first === 0 ? integer.subarray(1) : integer;
  return rest.length * 8 - Math.clz32(rest[0] ?? 0) + 24;
}
