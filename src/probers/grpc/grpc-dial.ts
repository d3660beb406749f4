import type { Socket } from 'node:net';
import { type Asked, connectTcp } from '../../net/connect.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { tlsStep } from '../../net/tls/tls-step.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { GrpcPhase } from './grpc-report.js';

/** The destination of a connection, and its TLS settings. */
export interface GrpcDialPlan {
  readonly address: string;
  readonly port: number;
  readonly asked: Asked;
  /** The name for SNI, which the certificate must be valid for. */
  readonly serverName: string;
  /** Absent for plain text. */
  readonly tls: TlsClient | undefined;
}

/** The signal, the phase clock, and a callback for TLS facts. */
export interface GrpcDialContext {
  readonly signal: AbortSignal;
  readonly phases: PhaseClock<GrpcPhase>;
  /** Receives what the server presented, even if the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
}

/** Upstream's message for every failure to reach the server. */
export const CANNOT_CONNECT = "can't connect grpc server:";

/**
 * Opens a connection that is ready for HTTP/2, and times `connect` and `tls`. The caller owns the socket. Rejects with
 * a ProbeFailure.
 */
export async function dialGrpc(plan: GrpcDialPlan, context: GrpcDialContext): Promise<Socket> {
  const { signal, phases } = context;
  const { address, port, asked, tls } = plan;
  const socket = await phases
    .time('connect', () => connectTcp({ address, port, asked, signal }))
    .catch((error: unknown) => {
      throw stepFailure(error, { phase: 'connect', signal, message: CANNOT_CONNECT });
    });
  return tls === undefined ? socket : phases.time('tls', () => startTls(socket, { ...plan, tls }, context));
}

async function startTls(
  socket: Socket,
  { tls, serverName }: GrpcDialPlan & { readonly tls: TlsClient },
  { signal, onTls }: GrpcDialContext,
): Promise<Socket> {
  const message = CANNOT_CONNECT;
  const failure = (reason: FailureReason, err: string): ProbeFailure =>
    // A time-out has the same message in every step.
    signal.aborted ? stepFailure(new Error(err), { phase: 'tls', signal, message }) : handshakeFailure(reason, err);
  const step = { client: tls, serverName, alpn: ['h2'], signal, message, onTls, failure };
  const connection = await tlsStep(socket, step);
  // Like grpc-go, this requires ALPN: a server that did not select h2 may speak any protocol.
  if (connection.facts.negotiatedProtocol === 'h2') return connection.socket;
  connection.socket.destroy();
  throw handshakeFailure('tls_handshake_failed', 'missing selected ALPN property');
}

function handshakeFailure(reason: FailureReason, message: string): ProbeFailure {
  return new ProbeFailure('tls', reason, CANNOT_CONNECT, { err: `authentication handshake failed: ${message}` });
}
