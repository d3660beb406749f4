import { DerCursor, due } from './der-cursor.js';
import { type PublicKey, readParameters } from './public-key.js';

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** How a certificate is signed. */
export interface SignatureAlgorithm {
  /** The name that Go prints. */
  readonly name: string;
  readonly keyKind: PublicKey['kind'];
  /** The name of the hash in node:crypto; undefined if the algorithm hashes by itself. */
  readonly hash?: string;
  readonly pss?: true;
  /** Go refuses every signature with this algorithm. */
  readonly insecure?: true;
}

const RSA_PSS = '2a864886f70d01010a';

/** Key: the bytes of the object identifier, in hexadecimal. */
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

/**
 * Reads the content of an AlgorithmIdentifier. Returns undefined for an algorithm that Go does not know. Throws
 * CertificateError.
 */
export function readSignatureAlgorithm(content: DerCursor): SignatureAlgorithm | undefined {
  const identifier = due(content.objectIdentifier(), 'malformed OID');
  const parameters = readParameters(content);
  if (identifier === RSA_PSS) return readPss(parameters);
  const algorithm = ALGORITHMS.get(identifier);
  // These algorithms have no parameters (RFC 8410, section 3).
  return algorithm?.hash === undefined && algorithm?.insecure !== true && parameters.length > 0 ? undefined : algorithm;
}

const MGF1 = '2a864886f70d010108';

/** The hashes that Go allows, each with the length of the hash as the length of the salt. */
const PSS_HASHES: ReadonlyMap<string, { readonly hash: string; readonly salt: number }> = new Map([
  ['608648016503040201', { hash: 'sha256', salt: 32 }],
  ['608648016503040202', { hash: 'sha384', salt: 48 }],
  ['608648016503040203', { hash: 'sha512', salt: 64 }],
]);

/** Reads RSASSA-PSS-params (RFC 4055, section 3.1). The defaults are not accepted, because they mean SHA-1. */
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

/** Returns the identifier of a hash whose parameters are missing or NULL. */
function hashOf(algorithm: DerCursor | undefined): string | undefined {
  const identifier = algorithm?.objectIdentifier();
  if (algorithm === undefined || algorithm.isEmpty) return identifier;
  return algorithm.read(0x05) && algorithm.start === algorithm.stop ? identifier : undefined;
}
