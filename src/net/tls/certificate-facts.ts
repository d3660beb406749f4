import { createHash } from 'node:crypto';
import type tls from 'node:tls';
import type { Steps } from '../../values/in-slices.js';
import { formatDistinguishedName } from '../x509/distinguished-name.js';
import { FlightLimitError, serverHelloOf } from './handshake-messages.js';
import type { PeerFlight } from './peer-flight.js';
import type { PresentedChain } from './presented-chain.js';
import { SUITE_NAMES } from './suite-names.js';
import type { Refusal, Verdict } from './tls-verdict.js';

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

/** The facts that a TLS handshake showed, whatever the verdict on the certificate. */
export interface TlsFacts {
  /** The version as Go names it, such as "TLS 1.3"; "unknown" for anything else. */
  readonly version: string;
  /** The IANA name of the cipher suite. */
  readonly cipher: string;
  /** The smallest notAfter of all certificates that were sent, in Unix time. */
  readonly earliestExpirySeconds: number;
  /** Whether the chain and the name verified, also where the module does not care. */
  readonly verified: boolean;
  /**
   * The largest, over all verified chains, of each chain's smallest notAfter, in Unix time; absent where no chain
   * verified.
   */
  readonly lastChainExpirySeconds?: number;
  readonly leaf: LeafCertificate;
  /** The protocol that ALPN settled on. */
  readonly negotiatedProtocol?: string;
  /** All that the server sent. */
  readonly chain: PresentedChain;
  /** Why chain and name did not verify; absent if they did, or were not judged. */
  readonly refusal?: Refusal;
}

/** The facts that follow from the certificates alone. */
type ChainFacts = Pick<TlsFacts, 'earliestExpirySeconds' | 'leaf'>;

const known = new WeakMap<PresentedChain, ChainFacts>();

/** Derives the facts of a chain, once for each chain. */
function* factsOfChain(chain: PresentedChain): Steps<ChainFacts> {
  let facts = known.get(chain);
  if (facts === undefined) known.set(chain, (facts = yield* deriveFacts(chain)));
  return facts;
}

function* deriveFacts({ leaf, others }: PresentedChain): Steps<ChainFacts> {
  return {
    earliestExpirySeconds: Math.min(leaf.notAfterSeconds, ...others.map(({ notAfterSeconds }) => notAfterSeconds)),
    leaf: {
      fingerprintSha256: createHash('sha256').update(leaf.der).digest('hex'),
      serialNumber: formatSerial(leaf.serial),
      subject: yield* formatDistinguishedName(leaf.subject),
      issuer: yield* formatDistinguishedName(leaf.issuer),
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

/** The facts that only an open connection can tell. */
export type ConnectionFacts = Pick<TlsFacts, 'version' | 'cipher' | 'negotiatedProtocol'>;

/**
 * Reads the facts of a connection. Call this as soon as the handshake is over: they are lost when the server hangs up.
 * `flight` is for handshakes that failed.
 */
export function connectionFacts(socket: tls.TLSSocket, flight?: PeerFlight): ConnectionFacts {
  const protocol = socket.alpnProtocol;
  return {
    version: GO_VERSIONS.get(socket.getProtocol() ?? '') ?? 'unknown',
    cipher: cipherName(socket) ?? chosenSuite(flight) ?? 'unknown',
    ...(typeof protocol === 'string' && protocol !== '' ? { negotiatedProtocol: protocol } : undefined),
  };
}

/** The facts of a connection with these certificates; `verdict` is absent where they were not judged. */
export function* tlsFacts(connection: ConnectionFacts, chain: PresentedChain, verdict?: Verdict): Steps<TlsFacts> {
  const { earliestExpirySeconds, leaf } = yield* factsOfChain(chain);
  const { version, cipher, negotiatedProtocol } = connection;
  const verified = verdict?.verification.ok === true;
  // Each field is named here, because V8 takes microseconds to copy several objects into one.
  const facts: { -readonly [K in keyof TlsFacts]: TlsFacts[K] } = {
    version,
    cipher,
    earliestExpirySeconds,
    leaf,
    chain,
    verified,
  };
  if (negotiatedProtocol !== undefined) facts.negotiatedProtocol = negotiatedProtocol;
  if (verdict?.lastChainExpirySeconds !== undefined) facts.lastChainExpirySeconds = verdict.lastChainExpirySeconds;
  if (verdict?.verification.ok === false) facts.refusal = verdict.verification;
  return facts;
}

/**
 * Node gives no cipher where the handshake ended before there was one, whatever its types say; over TLS 1.2 it tells of
 * the cipher only once the client has begun to use it.
 */
function cipherName(socket: tls.TLSSocket): string | undefined {
  return (socket.getCipher() as tls.CipherNameAndProtocol | undefined)?.standardName;
}

/** The suite that the server's hello chose. */
function chosenSuite(flight: PeerFlight | undefined): string | undefined {
  try {
    const hello = flight === undefined ? undefined : serverHelloOf(flight);
    return hello === undefined ? undefined : SUITE_NAMES.get(hello.suite);
  } catch (error) {
    if (error instanceof FlightLimitError) return undefined;
    throw error;
  }
}
