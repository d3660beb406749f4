import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { pemBlocks, toPem } from './pem.js';

/** A certificate, those of its issuers after it, and its private key; both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** OpenSSL takes no longer message from a peer; reading thousands of certificates would hold the loop for a second. */
const LARGEST_CHAIN_BYTES = 100 * 1024;

/**
 * What a server or client shows of two texts in PEM, as Go's tls.X509KeyPair reads them: all certificates of the first,
 * and the first key of the second. OpenSSL, which is given the outcome, takes other blocks, or none, where something
 * else stands between. A text is why they are no pair, in Go's words.
 */
export function readKeyPair({ cert, key }: KeyPair): KeyPair | string {
  const certificates: Buffer[] = [];
  for (const { label, der } of pemBlocks(cert)) if (label === 'CERTIFICATE') certificates.push(der);
  const [leaf] = certificates;
  if (leaf === undefined) return 'tls: failed to find any PEM data in certificate input';
  if (certificates.reduce((sum, { length }) => sum + length, 0) > LARGEST_CHAIN_BYTES) {
    return 'tls: the certificates have more than 100 KiB together, which hardly anybody takes';
  }
  const found = keyIn(key);
  if (typeof found === 'string') return found;
  const certificate = attempt(() => new X509Certificate(toPem(leaf)));
  if (certificate === undefined) return 'tls: failed to parse certificate';
  const privateKey = parseKey(found);
  if (privateKey === undefined) return 'tls: failed to parse private key';
  if (privateKey.asymmetricKeyType !== certificate.publicKey.asymmetricKeyType) {
    return 'tls: private key type does not match public key type';
  }
  if (!certificate.checkPrivateKey(privateKey)) return 'tls: private key does not match public key';
  return {
    cert: certificates.map(toPem).join(''),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The first private key of PEM text, as DER; a text is why there is none. */
function keyIn(text: string): Buffer | string {
  let others = 0;
  for (const { label, der } of pemBlocks(text)) {
    if (label === 'PRIVATE KEY' || label.endsWith(' PRIVATE KEY')) return der;
    others++;
  }
  if (others === 0) return 'tls: failed to find any PEM data in key input';
  return 'tls: found a certificate rather than a key in the PEM for the private key';
}

/** The forms of a key, in the order in which Go tries them, whatever the label says. */
const FORMS = ['pkcs1', 'pkcs8', 'sec1'] as const;

function parseKey(key: Buffer): KeyObject | undefined {
  for (const type of FORMS) {
    const parsed = attempt(() => createPrivateKey({ key, format: 'der', type }));
    if (parsed !== undefined) return parsed;
  }
  return undefined;
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
