import { createHash } from 'node:crypto';
import type tls from 'node:tls';
import { formatDistinguishedName } from '../x509/distinguished-name.js';
import type { PresentedChain } from './presented-chain.js';
import type { Verdict } from './tls-verdict.js';

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

/** What follows from the certificates alone. */
type ChainFacts = Pick<TlsFacts, 'earliestExpirySeconds' | 'leaf'>;

const known = new WeakMap<PresentedChain, ChainFacts>();

function factsOfChain(chain: PresentedChain): ChainFacts {
  let facts = known.get(chain);
  if (facts === undefined) known.set(chain, (facts = deriveFacts(chain)));
  return facts;
}

function deriveFacts({ leaf, others }: PresentedChain): ChainFacts {
  return {
    earliestExpirySeconds: Math.min(leaf.notAfterSeconds, ...others.map(({ notAfterSeconds }) => notAfterSeconds)),
    leaf: {
      fingerprintSha256: createHash('sha256').update(leaf.der).digest('hex'),
      serialNumber: formatSerial(leaf.serial),
      subject: formatDistinguishedName(leaf.subject),
      issuer: formatDistinguishedName(leaf.issuer),
      subjectAlternative: leaf.alternativeNames?.dnsNames.join(',') ?? '',
    },
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

const GO_VERSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    TLSv1: 'TLS 1.0',
    'TLSv1.1': 'TLS 1.1',
    'TLSv1.2': 'TLS 1.2',
    'TLSv1.3': 'TLS 1.3',
  }),
);

export interface FactsInput {
  readonly socket: tls.TLSSocket;
  readonly chain: PresentedChain;
  /** Undefined where it was not judged. */
  readonly verdict: Verdict | undefined;
}

/** The facts of a connection; what depends on the certificates only is derived once a chain. */
export function tlsFacts({ socket, chain, verdict }: FactsInput): TlsFacts {
  const protocol = socket.alpnProtocol;
  const facts = {
    ...factsOfChain(chain),
    version: GO_VERSIONS.get(socket.getProtocol() ?? '') ?? 'unknown',
    cipher: cipherName(socket),
    verified: false,
    ...(typeof protocol === 'string' && protocol !== '' ? { negotiatedProtocol: protocol } : undefined),
  };
  return verdict === undefined ? facts : withVerdict(facts, verdict);
}

/** The same facts of a connection whose certificates were judged later. */
export function withVerdict(facts: TlsFacts, { verification, lastChainExpirySeconds }: Verdict): TlsFacts {
  const expiry = lastChainExpirySeconds === undefined ? undefined : { lastChainExpirySeconds };
  return { ...facts, verified: verification.ok, ...expiry };
}

/** Node gives no cipher where the handshake ended before there was one, whatever its types say. */
function cipherName(socket: tls.TLSSocket): string {
  const cipher = socket.getCipher() as tls.CipherNameAndProtocol | undefined;
  return cipher?.standardName ?? 'unknown';
}
