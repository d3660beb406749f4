import type { Socket } from 'node:net';
import type { TlsFacts } from '../../net/certificate-facts.js';
import { connectTcp } from '../../net/connect.js';
import { TlsHandshakeError } from '../../net/tls-client.js';
import type { TlsClient } from '../../net/tls-client.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { GrpcPhase } from './grpc-report.js';

export interface GrpcDialPlan {
  readonly address: string;
  readonly port: number;
  /** The name for SNI and for the certificate. */
  readonly serverName: string;
  /** Absent over plain text. */
  readonly tls: TlsClient | undefined;
}

export interface GrpcDialContext {
  readonly signal: AbortSignal;
  readonly phases: PhaseClock<GrpcPhase>;
  /** Told what the server presented, also where the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
}

/** Upstream's words for every failure to reach the server. */
export const CANNOT_CONNECT = "can't connect grpc server:";

/** A connection that is ready for HTTP/2; times `connect` and `tls`. The caller owns the socket. Rejects with a ProbeFailure. */
export async function dialGrpc(plan: GrpcDialPlan, context: GrpcDialContext): Promise<Socket> {
  const { signal, phases } = context;
  const { address, port, tls } = plan;
  const socket = await phases
    .time('connect', () => connectTcp({ address, port, signal }))
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
  const connection = await tls.handshake(socket, { serverName, alpn: ['h2'], signal }).catch((error: unknown) => {
    if (error instanceof TlsHandshakeError && error.facts !== undefined) onTls(error.facts);
    if (error instanceof TlsHandshakeError && !signal.aborted) throw handshakeFailure(error.reason, error.message);
    throw stepFailure(error, { phase: 'tls', signal, message: CANNOT_CONNECT, otherwise: 'tls_handshake_failed' });
  });
  onTls(connection.facts);
  const { verification, facts } = connection;
  const refuse = (failure: ProbeFailure): ProbeFailure => {
    connection.socket.destroy();
    return failure;
  };
  if (!verification.ok && !tls.insecure) throw refuse(handshakeFailure(verification.reason, verification.message));
  // grpc-go insists on ALPN: a server that did not choose h2 may speak anything.
  if (facts.negotiatedProtocol !== 'h2') {
    throw refuse(handshakeFailure('tls_handshake_failed', 'missing selected ALPN property'));
  }
  return connection.socket;
}

function handshakeFailure(reason: ProbeFailure['reason'], message: string): ProbeFailure {
  return new ProbeFailure('tls', reason, CANNOT_CONNECT, { err: `authentication handshake failed: ${message}` });
}
