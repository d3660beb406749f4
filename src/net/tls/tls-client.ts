import type net from 'node:net';
import type tls from 'node:tls';
import { codeOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { inSlices } from '../../values/in-slices.js';
import type { RawTlsConfig } from '../../values/raw-config.js';
import { unlessAborted } from '../../values/unless-aborted.js';
import { keepForReader } from '../keep-for-reader.js';
import { DerError } from '../x509/der-reader.js';
import { goTlsError, tlsAlertReason } from './alerts/tls-alert.js';
import { sendBadCertificate } from './alerts/tls-bad-certificate.js';
import { type ConnectionFacts, connectionFacts, type TlsFacts, tlsFacts } from './certificate-facts.js';
import { ChainRefused } from './certificate-gate.js';
import { FlightLimitError } from './handshake-messages.js';
import type { PeerFlight } from './peer-flight.js';
import type { PresentedChain } from './presented-chain.js';
import { stopWatching } from './records/record-watch.js';
import { EarlyEnd, HandshakeTimeout, shakeHands, type Shaken } from './tls-handshake.js';
import { compileTlsMaterial, type TlsMaterial } from './tls-material.js';
import type { TlsPlatform, TlsVersions } from './tls-platform.js';
import { chainRefusal, judgeCertificate, type VerdictInput, type Verification } from './tls-verdict.js';

/** A finished handshake with a server whose certificate is accepted; whoever got it owns the socket. */
export interface TlsConnection {
  readonly socket: tls.TLSSocket;
  readonly facts: TlsFacts;
}

/** The options of one handshake. */
export interface HandshakeOptions {
  /** The name that is sent (unless it is an address) and that the certificate has to be for. */
  readonly serverName: string;
  readonly alpn?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /**
   * Whether `endedWithinRecord` may be asked of the connection. Whoever no longer needs the answer calls
   * `stopWatching`.
   */
  readonly watchesRecords?: boolean | undefined;
}

/** A handshake that did not finish; facts are there if the server had presented its certificate by then. */
export class TlsHandshakeError extends Error {
  override readonly name = 'TlsHandshakeError';
  readonly reason: FailureReason;
  readonly facts: TlsFacts | undefined;

  constructor(reason: FailureReason, message: string, facts?: TlsFacts) {
    super(message);
    this.reason = reason;
    this.facts = facts;
  }
}

/**
 * The server presented a certificate that the module does not accept. The server has been told, and the connection is
 * closed.
 */
export class CertificateRefused extends TlsHandshakeError {}

/** The server answered the hello of TLS with HTTP: the port is one of plain HTTP. */
export class PlainHttpAnswer extends TlsHandshakeError {}

const HTTP_START = 'HTTP/';

/** The TLS side of one module. */
export interface TlsClient {
  readonly serverName: string | undefined;
  /**
   * Whether the module brings certificates or keys of its own, which can be wrong: upstream looks at them before each
   * probe, also of plain HTTP.
   */
  readonly hasMaterial: boolean;
  /**
   * Reads what the handshake needs, where it is new, so that it does not do so on the clock; throws the ProbeFailure of
   * phase `setup` that handshake would throw. No promise where all is there.
   */
  readonly prepare: (signal: AbortSignal) => Promise<void> | undefined;
  /**
   * Speaks TLS on a connected socket, which it takes over: it is destroyed when this rejects. Rejects with
   * TlsHandshakeError, with CertificateRefused where the certificate does not verify and the module does not say
   * `insecure_skip_verify`, with ProbeFailure (see prepare), or with the signal's reason.
   */
  readonly handshake: (socket: net.Socket, options: HandshakeOptions) => Promise<TlsConnection>;
}

const NODE_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Compiles `tls_config`. Files are read and judged when a probe needs them, as upstream does. */
export function compileTlsConfig(raw: RawTlsConfig, platform: TlsPlatform): TlsClient {
  const { min_version: min, max_version: max } = raw;
  const versions = versionsOf(raw);
  const contradictory = min !== undefined && max !== undefined && max < min;
  const load = compileTlsMaterial(raw, versions, platform);
  const material = (): TlsMaterial | Promise<TlsMaterial> => {
    if (contradictory) return Promise.reject(new ProbeFailure('setup', 'tls_config_invalid', MAX_BELOW_MIN));
    return load();
  };
  const insecure = raw.insecure_skip_verify;
  return {
    serverName: raw.server_name === '' ? undefined : raw.server_name,
    hasMaterial: contradictory || MATERIAL_KEYS.some((key) => raw[key] !== ''),
    prepare: (signal) => {
      const found = signal.aborted ? undefined : material();
      return found === undefined || found instanceof Promise ? prepared(signal, found) : undefined;
    },
    handshake: async (socket, options) => {
      const ready = await materialFor(socket, () => materialUnless(options.signal, material));
      if (versions.maxVersion < versions.minVersion) {
        socket.destroy();
        throw new TlsHandshakeError('tls_config_invalid', NO_COMMON_VERSION);
      }
      // Each field is read by its name: V8 takes microseconds to copy a second object into one.
      const { serverName, alpn, signal, watchesRecords } = options;
      const { context, trust } = ready;
      return handshake(socket, { serverName, alpn, signal, watchesRecords, context, trust, insecure, platform });
    },
  };
}

function versionsOf({ min_version: min, max_version: max }: RawTlsConfig): TlsVersions {
  return { minVersion: NODE_VERSIONS[min ?? 'TLS12'], maxVersion: NODE_VERSIONS[max ?? 'TLS13'] };
}

const MATERIAL_KEYS = [
  ...(['ca', 'ca_file', 'ca_ref'] as const),
  ...(['cert', 'cert_file', 'cert_ref'] as const),
  ...(['key', 'key_file', 'key_ref'] as const),
] as const;

const MAX_BELOW_MIN =
  'tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified';
/** Go's error where max_version is below TLS12 and min_version is not set. */
const NO_COMMON_VERSION = 'tls: no supported versions satisfy MinVersion and MaxVersion';

/** `found` is absent where the signal had fired before anything was looked for. */
async function prepared(signal: AbortSignal, found: Promise<TlsMaterial> | undefined): Promise<void> {
  try {
    signal.throwIfAborted();
    if (found !== undefined) await unlessAborted(found, signal);
  } catch (error) {
    throw stepFailure(error, { phase: 'setup', signal, message: 'Cannot read the files of tls_config' });
  }
}

function materialUnless(
  signal: AbortSignal,
  material: () => TlsMaterial | Promise<TlsMaterial>,
): TlsMaterial | Promise<TlsMaterial> {
  const found = material();
  if (found instanceof Promise) return unlessAborted(found, signal);
  signal.throwIfAborted();
  return found;
}

async function materialFor(
  socket: net.Socket,
  material: () => TlsMaterial | Promise<TlsMaterial>,
): Promise<TlsMaterial> {
  try {
    return await material();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

interface Handshake extends HandshakeOptions, TlsMaterial {
  readonly insecure: boolean;
  readonly platform: TlsPlatform;
}

async function handshake(socket: net.Socket, shake: Handshake): Promise<TlsConnection> {
  const { context, serverName, alpn, signal, watchesRecords = false } = shake;
  const { clock, chains } = shake.platform;
  const raw = { socket, context, serverName, alpn, signal, clock, chains, watchesRecords };
  let failed: FailedHandshake | undefined;
  const shaken = shakeHands(raw, (seen, error) => (failed = new FailedHandshake(seen, error)));
  const done = await shaken.catch(async (error: unknown) => {
    throw failed !== undefined && error === failed ? await failed.explain(shake) : error;
  });
  try {
    const { facts, verification } = await judge(done, shake);
    if (verification.ok || shake.insecure) return { socket: done.socket, facts };
    stopWatching(done.socket);
    await sendBadCertificate(done, socket);
    throw new CertificateRefused(verification.reason, verification.message, facts);
  } catch (error) {
    stopWatching(done.socket);
    done.socket.destroy();
    throw asTlsError(error);
  }
}

function asTlsError(error: unknown): unknown {
  if (error instanceof FlightLimitError) return new TlsHandshakeError('tls_handshake_failed', error.message);
  return error instanceof DerError ? unreadable(error) : error;
}

function unreadable(error: DerError): TlsHandshakeError {
  return new TlsHandshakeError(
    'tls_certificate_invalid',
    `tls: failed to parse certificate from server: ${error.message}`,
  );
}

interface Judged {
  readonly facts: TlsFacts;
  readonly verification: Verification;
}

/**
 * Reads and judges the certificates, which may take some turns of the event loop. An error of the connection meanwhile
 * is one behind the handshake, as in Go, which has judged by then (a server that misses a client certificate over TLS
 * 1.3 says so after its handshake): whoever reads the socket next finds it there.
 */
async function judge({ socket, flight }: Shaken, shake: Handshake): Promise<Judged> {
  const connection = connectionFacts(socket);
  socket.on('error', keepForReader);
  const judged = await readAndJudge(flight, connection, shake);
  shake.signal.throwIfAborted();
  return judged;
}

async function readAndJudge(flight: PeerFlight, connection: ConnectionFacts, shake: Handshake): Promise<Judged> {
  const chain = await inSlices(shake.platform.chains.read(flight));
  if (chain === undefined) throw new TlsHandshakeError('tls_handshake_failed', 'tls: server presented no certificate');
  const refused = chainRefusal(chain);
  if (refused !== undefined) throw await withoutVerdict(refused, connection, chain);
  const verdict = await judgeCertificate(verdictInput(chain, shake));
  return { facts: await inSlices(tlsFacts(connection, chain, verdict)), verification: verdict.verification };
}

async function withoutVerdict(
  refused: string,
  connection: ConnectionFacts,
  chain: PresentedChain,
): Promise<TlsHandshakeError> {
  return new TlsHandshakeError('tls_certificate_invalid', refused, await inSlices(tlsFacts(connection, chain)));
}

function verdictInput(chain: PresentedChain, { trust, serverName, platform }: Handshake): VerdictInput {
  return { chain, trust, serverName, nowSeconds: platform.clock.wallSeconds() };
}

/** A handshake that failed: what had been presented by then is read and judged afterwards. */
class FailedHandshake extends Error {
  override readonly name = 'FailedHandshake';
  readonly #error: Error;
  readonly #flight: PeerFlight;
  readonly #connection: ConnectionFacts;

  /** Reads the facts at once, while the connection still knows them. */
  constructor({ socket, flight }: Shaken, error: Error) {
    super(error.message);
    this.#error = error;
    this.#flight = flight;
    this.#connection = connectionFacts(socket, flight);
  }

  /** The error to reject with: the reason for the failure, and the facts that the certificates show. */
  async explain(shake: Handshake): Promise<TlsHandshakeError> {
    const error = this.#error;
    if (error instanceof DerError) return unreadable(error);
    const chain = await this.#chain(shake);
    // OpenSSL cannot read these certificates either, and has no message of its own for that.
    if (chain instanceof TlsHandshakeError) return chain;
    if (this.#flight.bytes.toString('latin1', 0, HTTP_START.length) === HTTP_START) {
      return new PlainHttpAnswer(reasonOf(error, false), goTlsError(error));
    }
    if (chain === undefined) return new TlsHandshakeError(reasonOf(error, false), goTlsError(error));
    if (error instanceof ChainRefused) return withoutVerdict(error.message, this.#connection, chain);
    const verdict = await judgeCertificate(verdictInput(chain, shake));
    const facts = await inSlices(tlsFacts(this.#connection, chain, verdict));
    return new TlsHandshakeError(reasonOf(error, true), goTlsError(error), facts);
  }

  async #chain({ platform }: Handshake): Promise<PresentedChain | TlsHandshakeError | undefined> {
    try {
      return await inSlices(platform.chains.read(this.#flight));
    } catch (error) {
      if (error instanceof DerError) return unreadable(error);
      if (error instanceof FlightLimitError) return undefined;
      throw error;
    }
  }
}

function reasonOf(error: Error, sawCertificate: boolean): FailureReason {
  if (error instanceof HandshakeTimeout) return 'tls_timeout';
  const alert = sawCertificate ? tlsAlertReason(error) : undefined;
  if (alert !== undefined) return alert;
  if (error instanceof EarlyEnd) return 'connection_closed';
  return codeOf(error) === 'ECONNRESET' ? 'connection_reset' : 'tls_handshake_failed';
}
