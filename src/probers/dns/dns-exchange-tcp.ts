import type { Socket } from 'node:net';
import { connectTcp } from '../../net/connect.js';
import { dialTimedOut, readTimedOut } from '../../net/connection-ends.js';
import { SocketReader } from '../../net/socket-reader.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import { tlsStep } from '../../net/tls/tls-step.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { DnsDestination, ExchangeContext } from './dns-exchange-udp.js';
import type { DnsMessage } from './dns-message.js';
import type { DnsQuery } from './dns-query.js';
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
      .time('request', () => converse(socket, query, signal))
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
  const alert = tlsAlertReason(cause);
  if (alert !== undefined) return new ProbeFailure('tls', alert, EXCHANGE_FAILED, { err: goTlsError(cause) });
  return stepFailure(cause, { phase: 'request', signal, message: EXCHANGE_FAILED, timedOut });
}

const LENGTH_OCTETS = 2;

/** Sends a query and reads a reply, each after its length in two octets (RFC 1035, section 4.2.2). */
async function converse(socket: Socket, { bytes }: DnsQuery, signal: AbortSignal): Promise<Buffer> {
  const reader = new SocketReader(socket, signal);
  const framed = Buffer.alloc(LENGTH_OCTETS + bytes.length);
  framed.writeUInt16BE(bytes.length, 0);
  bytes.copy(framed, LENGTH_OCTETS);
  socket.write(framed);
  // Each piece is copied into its place as it comes, since a peer may send 64 KiB octet by octet.
  const length = Buffer.alloc(LENGTH_OCTETS);
  let into = length;
  let filled = 0;
  for (let heard = false; ; heard = true) {
    const chunk = await reader.read();
    if (chunk === undefined) throw cutShort(heard);
    const taken = chunk.copy(into, filled);
    filled += taken;
    if (into === length) {
      if (filled < LENGTH_OCTETS) continue;
      into = Buffer.alloc(length.readUInt16BE(0));
      filled = chunk.copy(into, 0, taken);
    }
    if (filled === into.length) return into;
  }
}

function cutShort(heard: boolean): ProbeFailure {
  const err = heard ? 'unexpected EOF' : 'EOF';
  return new ProbeFailure('request', 'connection_closed', EXCHANGE_FAILED, { err });
}
