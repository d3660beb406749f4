import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Certificate } from './certificate.js';
import { GO_KEY_TYPES } from './public-key.js';
import type { SignatureAlgorithm } from './signature-algorithm.js';

/** The results of earlier checks, by issuer and certificate. The result for a pair never changes. */
const known = new WeakMap<Certificate, WeakMap<Certificate, { readonly problem: string | undefined }>>();

/**
 * Returns why `issuer` has not signed `certificate`, in the words of Go's CheckSignatureFrom, or undefined if it has.
 * Each pair is checked once.
 */
export function signatureProblem(certificate: Certificate, issuer: Certificate): string | undefined {
  let ofIssuer = known.get(issuer);
  if (ofIssuer === undefined) known.set(issuer, (ofIssuer = new WeakMap()));
  let found = ofIssuer.get(certificate);
  if (found === undefined) ofIssuer.set(certificate, (found = { problem: check(certificate, issuer) }));
  return found.problem;
}

const CANNOT_SIGN = 'x509: invalid signature: parent certificate cannot sign this kind of certificate';
const UNIMPLEMENTED = 'x509: cannot verify signature: algorithm unimplemented';

function check(certificate: Certificate, issuer: Certificate): string | undefined {
  const { basicConstraints, mayNotSign } = issuer.extensions;
  // Without basicConstraints, only certificates of versions before 3 can be authorities (RFC 5280, section 4.2.1.9).
  const isNone = basicConstraints === undefined ? issuer.version === 3 : !basicConstraints.isAuthority;
  if (isNone || mayNotSign === true) return CANNOT_SIGN;
  const { signatureAlgorithm: algorithm } = certificate;
  if (issuer.publicKey === undefined || algorithm === undefined) return UNIMPLEMENTED;
  if (algorithm.insecure === true) return `x509: cannot verify signature: insecure algorithm ${algorithm.name}`;
  const { kind } = issuer.publicKey;
  if (kind === 'DSA' || kind === 'X25519') return UNIMPLEMENTED;
  if (kind !== algorithm.keyKind) {
    const wanted = algorithm.keyKind;
    return `x509: signature algorithm specifies an ${wanted} public key, but have public key of type ${GO_KEY_TYPES[kind]}`;
  }
  return keyProblem(issuer) ?? verificationProblem(certificate, issuer, algorithm);
}

function keyProblem({ publicKey }: Certificate): string | undefined {
  return publicKey?.kind === 'RSA' ? publicKey.problem : undefined;
}

const FAILURES: Readonly<Record<string, string>> = {
  RSA: 'crypto/rsa: verification error',
  ECDSA: 'x509: ECDSA verification failure',
  Ed25519: 'x509: Ed25519 verification failure',
};

function verificationProblem(
  { signed, signature }: Certificate,
  issuer: Certificate,
  { hash, keyKind, pss }: SignatureAlgorithm,
): string | undefined {
  const key = keyOf(issuer);
  if (key === undefined) return UNIMPLEMENTED;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const isValid = attempt(() => verify(hash, signed, { key, ...(pss === true ? padding : undefined) }, signature));
  return isValid === true ? undefined : (FAILURES[keyKind] ?? `x509: ${keyKind} verification failure`);
}

const keys = new WeakMap<Certificate, { readonly key: KeyObject | undefined }>();

/** Returns undefined for a key that OpenSSL cannot read, such as one of an algorithm that it does not have. */
function keyOf(certificate: Certificate): KeyObject | undefined {
  let known = keys.get(certificate);
  if (known === undefined) {
    const key = attempt(() => createPublicKey({ key: certificate.publicKeyInfo, format: 'der', type: 'spki' }));
    keys.set(certificate, (known = { key }));
  }
  return known.key;
}

/** OpenSSL's errors have no class of their own. Here every error means that the signature is not valid. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
