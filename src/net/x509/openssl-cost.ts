import type { Certificate } from './certificate.js';
import { readRsaSizes } from './public-key.js';

/**
 * OpenSSL handles a server's certificates in one call that cannot be interrupted: it reads them, searches for a chain,
 * and checks each signature and name, independent of what is trusted. These costs are microseconds on one processor of
 * 2026, measured with OpenSSL 3.0 (Node 20), the slowest version, and rounded up.
 */
const CERTIFICATE = 130;
/**
 * The cost of each byte of extensions and of names: of 30,000 names, and of 5,000 parts of a name, on a busy machine.
 */
const BYTE = 0.11;
const BYTE_OF_A_NAME = 0.05;
/** The bytes of a host's name that cost nothing; OpenSSL copies the rest: 1,500 names of 63 characters took 0.7 ms. */
const SHORT_NAME_BYTES = 5;
const COPIED_BYTE = 0.01;
/** The cost of each pair of a constraint and a name: 7 ns, with at least 3 bytes a name and 7 a constraint. */
const PAIR_OF_BYTES = 3.4e-4;
/**
 * The cost of each byte of an extension that only OpenSSL reads, times the bytes of the issuer: a distribution point of
 * revocation lists (17 bytes) copies the issuer (11 bytes a part).
 */
const COPY = 0.01;
/** The cost of multiplying two numbers of 64 bits within a multiplication of long numbers. */
const MULTIPLICATION = 7e-4;
const SIGNATURE = 20;
const OF_CURVES = { 224: 270, 256: 65, 384: 640, 521: 1520 } as const;
const ED25519 = 100;
/** Other kinds of signatures, such as Ed448 and post-quantum ones. */
const OTHER_SIGNATURE = 1000;

/** The longest exponents: of DSA, where there are two; of RSA beyond 3072 bits, since OpenSSL allows more below. */
const DSA_EXPONENT_BITS = 512;
const LONG_EXPONENT_BITS = 64;
const SMALL_MODULUS_BITS = 3072;

/** An upper bound of OpenSSL's time for the certificates of a server, in microseconds; linear in their size. */
export function opensslMicroseconds(chain: readonly Certificate[]): number {
  let total = 0;
  let namesBytes = 0;
  let constraintsBytes = 0;
  for (const each of chain) {
    const { subject, issuer, alternativeNames, extensions, unreadBytes } = each;
    total += CERTIFICATE + BYTE * (each.signed.length - each.publicKeyInfo.length) + ofKey(each);
    total -= (BYTE - COPIED_BYTE) * copiedBytes(each);
    total += BYTE_OF_A_NAME * (issuer.length + subject.length);
    total += COPY * unreadBytes * issuer.length;
    namesBytes += subject.length + (alternativeNames?.der.length ?? 0) + unreadBytes;
    constraintsBytes += (extensions.nameConstraints?.bytes ?? 0) + unreadBytes;
  }
  return total + PAIR_OF_BYTES * namesBytes * constraintsBytes;
}

/** How much longer the names of hosts are than short ones, in bytes. */
function copiedBytes({ alternativeNames }: Certificate): number {
  let bytes = 0;
  for (const { length } of alternativeNames?.dnsNames ?? []) bytes += Math.max(0, length - SHORT_NAME_BYTES);
  return bytes;
}

/** A signature checked with this key. */
function ofKey({ publicKey, publicKeyInfo }: Certificate): number {
  switch (publicKey?.kind) {
    case 'RSA':
      return ofPowers(publicKey.bits, bitLength(publicKey.exponent));
    case 'DSA':
      return ofPowers(publicKey.bits, DSA_EXPONENT_BITS);
    case 'ECDSA':
      return OF_CURVES[publicKey.bits];
    case 'Ed25519':
      return ED25519;
    case 'X25519':
      return SIGNATURE;
    default:
      return OTHER_SIGNATURE + ofUnknown(publicKeyInfo);
  }
}

/**
 * The cost of an unknown key. It may be RSA under another name, such as RSASSA-PSS. A key of a form that only OpenSSL
 * reads may have any numbers.
 */
function ofUnknown(info: Buffer): number {
  const sizes = readRsaSizes(info);
  if (sizes !== undefined) return ofRsa(sizes.modulusBits, sizes.exponentBits);
  const bits = 8 * info.length;
  return ofPowers(bits, bits > SMALL_MODULUS_BITS + 512 ? LONG_EXPONENT_BITS : bits);
}

function ofRsa(bits: number, exponentBits: number): number {
  return ofPowers(bits, bits > SMALL_MODULUS_BITS ? Math.min(LONG_EXPONENT_BITS, exponentBits) : exponentBits);
}

/** Squares, and as many products, for each bit of the exponent. */
function ofPowers(modulusBits: number, exponentBits: number): number {
  return SIGNATURE + 2 * exponentBits * MULTIPLICATION * (modulusBits / 64) ** 2;
}

function bitLength(exponent: number): number {
  return Math.ceil(Math.log2(Math.max(2, exponent) + 1));
}
