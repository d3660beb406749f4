import type { PublicKey } from './public-key.js';
import { DerCursor, due } from './der-cursor.js';
import { readParameters } from './public-key.js';

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** How a certificate is signed. */
export interface SignatureAlgorithm {
  /** As Go names it in its messages. */
  readonly name: string;
  readonly keyKind: PublicKey['kind'];
  /** As node:crypto names it; undefined where the algorithm hashes on its own. */
  readonly hash?: string;
  readonly pss?: true;
  /** Go refuses it, whoever signed. */
  readonly insecure?: true;
}

const RSA_PSS = '2a864886f70d01010a';

/** By the bytes of the object identifier, in hexadecimal. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map<string, SignatureAlgorithm>([
  ['2a864886f70d010104', { name: 'MD5-RSA', keyKind: 'RSA', insecure: true }],
  ['2a864886f70d010105', { name: 'SHA1-RSA', keyKind: 'RSA', insecure: true }],
  ['2b0e03021d', { name: 'SHA1-RSA', keyKind: 'RSA', insecure: true }],
  ['2a864886f70d01010b', { name: 'SHA256-RSA', keyKind: 'RSA', hash: 'sha256' }],
  ['2a864886f70d01010c', { name: 'SHA384-RSA', keyKind: 'RSA', hash: 'sha384' }],
  ['2a864886f70d01010d', { name: 'SHA512-RSA', keyKind: 'RSA', hash: 'sha512' }],
  ['2a8648ce380403', { name: 'DSA-SHA1', keyKind: 'DSA', insecure: true }],
  ['608648016503040302', { name: 'DSA-SHA256', keyKind: 'DSA', hash: 'sha256' }],
  ['2a8648ce3d0401', { name: 'ECDSA-SHA1', keyKind: 'ECDSA', insecure: true }],
  ['2a8648ce3d040302', { name: 'ECDSA-SHA256', keyKind: 'ECDSA', hash: 'sha256' }],
  ['2a8648ce3d040303', { name: 'ECDSA-SHA384', keyKind: 'ECDSA', hash: 'sha384' }],
  ['2a8648ce3d040304', { name: 'ECDSA-SHA512', keyKind: 'ECDSA', hash: 'sha512' }],
  ['2b6570', { name: 'Ed25519', keyKind: 'Ed25519' }],
  ['608648016503040311', { name: 'ML-DSA-44', keyKind: 'ML-DSA' }],
  ['608648016503040312', { name: 'ML-DSA-65', keyKind: 'ML-DSA' }],
  ['608648016503040313', { name: 'ML-DSA-87', keyKind: 'ML-DSA' }],
]);

/** Reads the content of an AlgorithmIdentifier, undefined for what Go does not know; throws CertificateError. */
export function readSignatureAlgorithm(content: DerCursor): SignatureAlgorithm | undefined {
  const identifier = due(content.objectIdentifier(), 'malformed OID');
  const parameters = readParameters(content);
  if (identifier === RSA_PSS) return readPss(parameters);
  const algorithm = ALGORITHMS.get(identifier);
  // RFC 8410, 3: no parameters.
  return algorithm?.hash === undefined && algorithm?.insecure !== true && parameters.length > 0 ? undefined : algorithm;
}

const MGF1 = '2a864886f70d010108';

/** The three hashes, each with its own length as the length of the salt, that Go allows. */
const PSS_HASHES: ReadonlyMap<string, { readonly hash: string; readonly salt: number }> = new Map([
  ['608648016503040201', { hash: 'sha256', salt: 32 }],
  ['608648016503040202', { hash: 'sha384', salt: 48 }],
  ['608648016503040203', { hash: 'sha512', salt: 64 }],
]);

/** RSASSA-PSS-params (RFC 4055, 3.1) without its defaults, which stand for SHA-1. */
function readPss(parameters: Buffer): SignatureAlgorithm | undefined {
  const fields = new DerCursor(parameters).enter(SEQUENCE);
  const hash = hashOf(fields?.enter(0xa0)?.enter(SEQUENCE));
  const mask = fields?.enter(0xa1)?.enter(SEQUENCE);
  const isMgf1 = mask?.objectIdentifier() === MGF1;
  const maskHash = hashOf(mask?.enter(SEQUENCE));
  const salt = fields?.enter(0xa2)?.integer(INTEGER);
  const trailer = fields?.isEmpty === true ? 1 : fields?.enter(0xa3)?.integer(INTEGER);
  const known = PSS_HASHES.get(hash ?? '');
  if (known === undefined || !isMgf1 || maskHash !== hash || trailer !== 1 || salt !== known.salt) return undefined;
  return { name: `${known.hash.toUpperCase()}-RSAPSS`, keyKind: 'RSA', hash: known.hash, pss: true };
}

/** The identifier of a hash whose parameters are missing or NULL. */
function hashOf(algorithm: DerCursor | undefined): string | undefined {
  const identifier = algorithm?.objectIdentifier();
  if (algorithm === undefined || algorithm.isEmpty) return identifier;
  return algorithm.read(0x05) && algorithm.start === algorithm.stop ? identifier : undefined;
}
