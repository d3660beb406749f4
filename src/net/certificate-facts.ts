import { createHash } from 'node:crypto';
import type tls from 'node:tls';
import type { TrustedChain } from './chain-search.js';
import { findTrustedChains, lastChainExpiry, latestEnd } from './chain-search.js';
import { formatDistinguishedName } from './distinguished-name.js';
import type { PresentedChain } from './presented-chain.js';
import type { TrustStore } from './trust-store.js';

/** The certificate that the server presented as its own, as `probe_ssl_last_chain_info` shows it. */
export interface LeafCertificate {
  /** 64 lower-case hexadecimal digits over the DER. */
  readonly fingerprintSha256: string;
  /** Hexadecimal magnitude, two digits a byte; "" for zero. */
  readonly serialNumber: string;
  readonly subject: string;
  readonly issuer: string;
  /** The DNS names only, in the order of the certificate, joined by commas. */
  readonly subjectAlternative: string;
}

/** What a TLS handshake showed, whatever the verdict on it. */
export interface TlsFacts {
  /** As Go names it, such as "TLS 1.3"; "unknown" for anything else. */
  readonly version: string;
  /** The IANA name of the cipher suite. */
  readonly cipher: string;
  /** The smallest notAfter of all certificates that were sent, in Unix time. */
  readonly earliestExpirySeconds: number;
  /** Whether the chain and the name verified, also where the module does not care. */
  readonly verified: boolean;
  /** Over all verified chains the largest of each chain's smallest notAfter, in Unix time; absent where no chain verified. */
  readonly lastChainExpirySeconds?: number;
  readonly leaf: LeafCertificate;
  /** The protocol that ALPN settled on. */
  readonly negotiatedProtocol?: string;
}

/** What follows from a chain and a trust store whatever the time is. */
interface ChainFacts {
  readonly earliestExpirySeconds: number;
  readonly leaf: LeafCertificate;
  readonly trustedChains: readonly TrustedChain[];
}

const known = new WeakMap<TrustStore, WeakMap<PresentedChain, ChainFacts>>();

function factsOfChain(chain: PresentedChain, trust: TrustStore): ChainFacts {
  let ofStore = known.get(trust);
  if (ofStore === undefined) known.set(trust, (ofStore = new WeakMap<PresentedChain, ChainFacts>()));
  let facts = ofStore.get(chain);
  if (facts === undefined) ofStore.set(chain, (facts = deriveFacts(chain, trust)));
  return facts;
}

function deriveFacts({ leaf, others }: PresentedChain, trust: TrustStore): ChainFacts {
  return {
    earliestExpirySeconds: Math.min(leaf.notAfterSeconds, ...others.map(({ notAfterSeconds }) => notAfterSeconds)),
    leaf: {
      fingerprintSha256: createHash('sha256').update(leaf.der).digest('hex'),
      serialNumber: formatSerial(leaf.serial),
      subject: formatDistinguishedName(leaf.subject),
      issuer: formatDistinguishedName(leaf.issuer),
      subjectAlternative: leaf.alternativeNames?.dnsNames.join(',') ?? '',
    },
    trustedChains: findTrustedChains([leaf, ...others], trust),
  };
}

/** The magnitude of a DER integer in hexadecimal, leading zero bytes left out. */
export function formatSerial(content: Buffer): string {
  let value = BigInt(`0x0${content.toString('hex')}`);
  const negative = (content[0] ?? 0) >= 0x80;
  if (negative) value = (1n << BigInt(8 * content.length)) - value;
  if (value === 0n) return '';
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

const GO_VERSIONS: Readonly<Record<string, string>> = {
  TLSv1: 'TLS 1.0',
  'TLSv1.1': 'TLS 1.1',
  'TLSv1.2': 'TLS 1.2',
  'TLSv1.3': 'TLS 1.3',
};

export type FactsInput = {
  readonly socket: tls.TLSSocket;
  readonly chain: PresentedChain;
  readonly trust: TrustStore;
  readonly nowSeconds: number;
} & (
  | { readonly verified: boolean }
  /** The handshake ended before there was a verdict: it is then whether a trusted chain is found and the name fits. */
  | { readonly verified: undefined; readonly nameFits: boolean }
);

/** The facts of a connection; what depends on the certificates only is derived once a chain and trust store. Throws DerError. */
export function tlsFacts(input: FactsInput): TlsFacts {
  const { socket, chain, trust, nowSeconds } = input;
  const { trustedChains, ...ofChain } = factsOfChain(chain, trust);
  const validExpiry = lastChainExpiry(trustedChains, nowSeconds);
  const verified = input.verified ?? (input.nameFits && validExpiry !== undefined);
  // OpenSSL goes by the system's clock: where it has verified, some chain is valid, even if the injected clock is elsewhere.
  const lastExpiry = verified ? (validExpiry ?? latestEnd(trustedChains)) : undefined;
  const protocol = socket.alpnProtocol;
  return {
    ...ofChain,
    version: GO_VERSIONS[socket.getProtocol() ?? ''] ?? 'unknown',
    cipher: cipherName(socket),
    verified,
    ...(lastExpiry === undefined ? undefined : { lastChainExpirySeconds: lastExpiry }),
    ...(typeof protocol === 'string' && protocol !== '' ? { negotiatedProtocol: protocol } : undefined),
  };
}

/** Node gives no cipher where the handshake ended before there was one, whatever its types say. */
function cipherName(socket: tls.TLSSocket): string {
  const cipher = socket.getCipher() as tls.CipherNameAndProtocol | undefined;
  return cipher?.standardName ?? 'unknown';
}
