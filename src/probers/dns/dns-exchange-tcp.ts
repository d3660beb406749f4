import type { Socket } from 'node:net';
import { connectTcp } from '../../net/connect.js';
import { dialTimedOut, readTimedOut } from '../../net/connection-ends.js';
import type { DnsQuery } from '../../net/dns/dns-query.js';
import { askOverStream, StreamEnd } from '../../net/dns/dns-stream.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { tlsStep } from '../../net/tls/tls-step.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { DnsDestination, ExchangeContext } from './dns-exchange-udp.js';
import type { DnsMessage } from './dns-message.js';
import { EXCHANGE_FAILED, readOnlyReply } from './dns-reply.js';

/** The TLS settings of an exchange. */
export interface DnsTls {
  readonly client: TlsClient;
  /** The name for SNI, which the certificate must be valid for. */
  readonly serverName: string;
  readonly alpn?: readonly string[];
  /** Receives what the server presented, even if the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
}

/** Sends a query over TCP or over TLS (RFC 7858), on a connection of its own. Rejects with a ProbeFailure. */
export async function exchangeTcp(
  to: DnsDestination,
  query: DnsQuery,
  context: ExchangeContext & { readonly tls?: DnsTls },
): Promise<DnsMessage> {
  const { phases, signal, tls } = context;
  const socket = await phases.time('connect', () => dialDns(to, { signal, phases, ...(tls && { tls }) }));
  try {
    const bytes = await phases
      .time('request', () => askOverStream(socket, query, signal))
      .catch((error: unknown) => {
        throw requestFailure(error, signal, readTimedOut(socket));
      });
    return await readOnlyReply(bytes, query);
  } finally {
    socket.destroy();
  }
}

/** Opens the connection, with TLS if it is set. The caller owns the socket. Rejects with a ProbeFailure. */
export async function dialDns(
  to: DnsDestination,
  { signal, phases, tls }: Pick<ExchangeContext, 'signal' | 'phases'> & { readonly tls?: DnsTls },
): Promise<Socket> {
  const { address, port, asked, localAddress } = to;
  const plan = { address, port, asked, ...(localAddress !== undefined && { localAddress }), signal };
  const socket = await connectTcp(plan).catch((error: unknown) => {
    throw stepFailure(error, {
      phase: 'connect',
      signal,
      message: EXCHANGE_FAILED,
      timedOut: dialTimedOut(address, port),
    });
  });
  if (tls === undefined) return socket;
  phases.enter('tls');
  return (await tlsStep(socket, { ...tls, signal, message: EXCHANGE_FAILED })).socket;
}

/**
 * Why the exchange on an open connection failed. In TLS 1.3 a server that requires a client certificate says so only at
 * this point.
 */
export function requestFailure(error: unknown, signal: AbortSignal, timedOut?: string): ProbeFailure {
  // After the time-out every error is a consequence of the destroyed socket.
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof StreamEnd) {
    return new ProbeFailure('request', 'connection_closed', EXCHANGE_FAILED, { err: cause.message });
  }
  const alert = tlsAlertReason(cause);
  if (alert !== undefined) return new ProbeFailure('tls', alert, EXCHANGE_FAILED, { err: goTlsError(cause) });
  return stepFailure(cause, { phase: 'request', signal, message: EXCHANGE_FAILED, timedOut });
}
