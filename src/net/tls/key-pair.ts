import { createPrivateKey, X509Certificate } from 'node:crypto';
import { certificatesInPem, toPem } from './pem.js';

/** A certificate, those of its issuers after it, and its private key; both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Why a certificate and a key are no pair, in the words of Go's tls.X509KeyPair; undefined if they are one. */
export function keyPairProblem({ cert, key }: KeyPair): string | undefined {
  const [leaf] = certificatesInPem(cert);
  if (leaf === undefined) return 'tls: failed to find any PEM data in certificate input';
  if (!key.includes('-----BEGIN ')) return 'tls: failed to find any PEM data in key input';
  if (!key.includes('PRIVATE KEY-----')) {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  const certificate = attempt(() => new X509Certificate(toPem(leaf)));
  if (certificate === undefined) return 'tls: failed to parse certificate';
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === undefined) return 'tls: failed to parse private key';
  if (privateKey.asymmetricKeyType !== certificate.publicKey.asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  return certificate.checkPrivateKey(privateKey) ? undefined : 'tls: private key does not match public key';
}

/** OpenSSL's errors have no class of their own, and here only matter as "no". */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
