import type net from 'node:net';
import type tls from 'node:tls';
import type { FailureReason } from '../probe/failure.js';
import type { RawTlsConfig } from '../values/raw-config.js';
import { tlsFacts } from './certificate-facts.js';
import type { TlsFacts } from './certificate-facts.js';
import { nameMismatch } from './certificate-name.js';
import { DerError } from './der-reader.js';
import { codeOf } from '../probe/error-text.js';
import { ProbeFailure } from '../probe/failure.js';
import { goTlsError, tlsAlertReason } from './tls-alert.js';
import { EarlyEnd, HandshakeTimeout, shakeHands } from './tls-handshake.js';
import { compileTlsMaterial } from './tls-material.js';
import type { TlsMaterial } from './tls-material.js';
import type { TlsPlatform, TlsVersions } from './tls-platform.js';
import { judgeCertificate } from './tls-verdict.js';
import type { Verification } from './tls-verdict.js';
/** A finished handshake; whoever got it owns the socket. */
export interface TlsConnection {
  readonly socket: tls.TLSSocket;
  readonly facts: TlsFacts;
  /** Always ok where the module does not verify; the facts then say how it is. */
  readonly verification: Verification;
}

export interface HandshakeOptions {
  /** The name that is sent (unless it is an address) and that the certificate has to be for. */
  readonly serverName: string;
  readonly alpn?: readonly string[];
  readonly signal: AbortSignal;
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

/** The TLS side of one module. */
export interface TlsClient {
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  /** Whether the module brings certificates or keys of its own, which can be wrong: upstream looks at them before each probe, also of plain HTTP. */
  readonly hasMaterial: boolean;
  /** Reads what the handshake needs, where it is new, so that it does not do so on the clock; throws the ProbeFailure of phase `setup` that handshake would throw. */
  readonly prepare: () => Promise<void>;
  /**
   * Speaks TLS on a connected socket, which it takes over: it is destroyed when this rejects.
   * Rejects with TlsHandshakeError, with ProbeFailure (see prepare), or with the signal's reason. A certificate that does not verify
   * is no rejection: see `verification`.
   */
  readonly handshake: (socket: net.Socket, options: HandshakeOptions) => Promise<TlsConnection>;
}

const NODE_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Compiles `tls_config`. Files are read and judged when a probe needs them, as upstream does. */
export function compileTlsConfig(raw: RawTlsConfig, platform: TlsPlatform): TlsClient {
  const { min_version: min, max_version: max } = raw;
  const versions: TlsVersions = {
    minVersion: NODE_VERSIONS[min ?? 'TLS12'],
    maxVersion: NODE_VERSIONS[max ?? 'TLS13'],
  };
  const contradictory = min !== undefined && max !== undefined && max < min;
  const load = compileTlsMaterial(raw, versions, platform);
  const material = (): Promise<TlsMaterial> => {
    if (contradictory) return Promise.reject(new ProbeFailure('setup', 'tls_config_invalid', MAX_BELOW_MIN));
    return load();
  };
  const insecure = raw.insecure_skip_verify;
  return {
    serverName: raw.server_name === '' ? undefined : raw.server_name,
    insecure,
    hasMaterial: contradictory || MATERIAL_KEYS.some((key) => raw[key] !== ''),
    prepare: async () => {
      await material();
    },
    handshake: async (socket, options) => {
      const ready = await materialFor(socket, material);
      if (versions.maxVersion < versions.minVersion) {
        socket.destroy();
        throw new TlsHandshakeError('tls_config_invalid', NO_COMMON_VERSION);
      }
      return handshake(socket, { ...options, ...ready, insecure, platform });
    },
  };
}

const MATERIAL_KEYS = [
  ...(['ca', 'ca_file', 'ca_ref'] as const),
  ...(['cert', 'cert_file', 'cert_ref'] as const),
  ...(['key', 'key_file', 'key_ref'] as const),
] as const;

const MAX_BELOW_MIN =
  'tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified';
/** max_version below TLS12, and no min_version. */
const NO_COMMON_VERSION = 'tls: no supported versions satisfy MinVersion and MaxVersion';

async function materialFor(socket: net.Socket, material: () => Promise<TlsMaterial>): Promise<TlsMaterial> {
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
  const { context, serverName, alpn, signal, platform } = shake;
  const raw = { socket, context, serverName, alpn, signal, clock: platform.clock };
  const secured = await shakeHands(raw, (failed, error) => explain(failed, error, shake));
  try {
    return judge(secured, shake);
  } catch (error) {
    secured.destroy();
    throw error instanceof DerError ? new TlsHandshakeError('tls_certificate_invalid', UNREADABLE) : error;
  }
}

const UNREADABLE = 'tls: failed to parse certificate from server: x509: malformed certificate';

function judge(socket: tls.TLSSocket, { serverName, trust, insecure, platform }: Handshake): TlsConnection {
  const chain = platform.chains.read(socket);
  if (chain === undefined) throw new TlsHandshakeError('tls_handshake_failed', 'tls: server presented no certificate');
  const nowSeconds = platform.clock.wallSeconds();
  // Node's types say Error, but it is the code of OpenSSL's error.
  const opensslCode = socket.authorized ? undefined : String(socket.authorizationError);
  const verdict = judgeCertificate({ chain, serverName, opensslCode, nowSeconds });
  const facts = tlsFacts({ socket, chain, trust, nowSeconds, verified: verdict.ok });
  return { socket, facts, verification: insecure ? { ok: true } : verdict };
}

/** What there is to say about a handshake that failed. */
function explain(socket: tls.TLSSocket, error: Error, shake: Handshake): TlsHandshakeError {
  const facts = factsOfFailed(socket, shake);
  return new TlsHandshakeError(reasonOf(error, facts !== undefined), goTlsError(error), facts);
}

function factsOfFailed(socket: tls.TLSSocket, { serverName, trust, platform }: Handshake): TlsFacts | undefined {
  try {
    const chain = platform.chains.read(socket);
    if (chain === undefined) return undefined;
    const nameFits = nameMismatch(chain.leaf, serverName) === undefined;
    return tlsFacts({ socket, chain, trust, nowSeconds: platform.clock.wallSeconds(), verified: undefined, nameFits });
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function reasonOf(error: Error, sawCertificate: boolean): FailureReason {
  if (error instanceof HandshakeTimeout) return 'tls_timeout';
  const alert = sawCertificate ? tlsAlertReason(error) : undefined;
  if (alert !== undefined) return alert;
  if (error instanceof EarlyEnd) return 'connection_closed';
  return codeOf(error) === 'ECONNRESET' ? 'connection_reset' : 'tls_handshake_failed';
}
