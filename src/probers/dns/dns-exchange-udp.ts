import type dgram from 'node:dgram';
import type { Asked } from '../../net/connect.js';
import { abortable, connectUdp } from '../../net/connect-udp.js';
import type { DnsQuery } from '../../net/dns/dns-query.js';
import { joinHostPort } from '../../net/host-port.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { DnsMessage } from './dns-message.js';
import { EXCHANGE_FAILED, readReply, whyNoReply } from './dns-reply.js';
import type { DnsPhase } from './dns-report.js';

/** The destination of a query, after name resolution. */
export interface DnsDestination {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly asked: Asked;
  /** Undefined if the system chooses. */
  readonly localAddress: string | undefined;
}

/** The dependencies of every exchange. */
export interface ExchangeContext {
  readonly signal: AbortSignal;
  readonly phases: PhaseClock<DnsPhase>;
}

/** The dependencies of an exchange over UDP. */
export interface UdpExchangeContext extends ExchangeContext {
  /** Longer replies are cut off. A cut reply is broken, unless it happens to end after a record. */
  readonly replyLimitBytes: number;
  /** Called for each datagram that is not a reply to the query. */
  readonly onIgnored: () => void;
}

/**
 * Sends a query over UDP from a socket of its own, with a random port. The socket is connected to the server, so that
 * the system drops datagrams from other senders, and an ICMP error ends the exchange at once. Replies with another id
 * or to another question are ignored, since anybody can send them. Rejects with a ProbeFailure.
 */
export async function exchangeUdp(
  to: DnsDestination,
  query: DnsQuery,
  context: UdpExchangeContext,
): Promise<DnsMessage> {
  const { phases, signal } = context;
  const { address, family, port, asked, localAddress } = to;
  const socket = await phases
    .time('connect', () => connectUdp({ address, family, port, asked, localAddress, signal }))
    .catch((error: unknown) => {
      throw stepFailure(error, { phase: 'connect', signal, message: EXCHANGE_FAILED });
    });
  try {
    return await phases
      .time('request', () => ask(socket, query, context))
      .catch((error: unknown) => {
        throw stepFailure(error, {
          phase: 'request',
          signal,
          message: EXCHANGE_FAILED,
          timedOut: timedOut(socket, to),
        });
      });
  } finally {
    socket.close();
  }
}

/** Go's error for a reply that did not come in time. */
function timedOut(socket: dgram.Socket, to: DnsDestination): string {
  const { address, port } = socket.address();
  return `read udp ${joinHostPort(address, port)}->${joinHostPort(to.address, to.port)}: i/o timeout`;
}

function ask(socket: dgram.Socket, query: DnsQuery, context: UdpExchangeContext): Promise<DnsMessage> {
  const { signal, replyLimitBytes, onIgnored } = context;
  return abortable(signal, (resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (datagram) => {
      const bytes = datagram.length > replyLimitBytes ? datagram.subarray(0, replyLimitBytes) : datagram;
      if (whyNoReply(bytes, query) !== undefined) {
        onIgnored();
        return;
      }
      try {
        resolve(readReply(bytes));
      } catch (error) {
        reject(bytes.length < datagram.length ? tooLarge(error, datagram.length, replyLimitBytes) : error);
      }
    });
    socket.send(query.bytes, (error) => {
      if (error !== null) reject(error);
    });
  });
}

function tooLarge(error: unknown, length: number, limit: number): unknown {
  if (!(error instanceof ProbeFailure)) return error;
  const fields = { ...error.fields, reply_bytes: length, udp_size: limit };
  return new ProbeFailure('request', 'dns_response_too_large', EXCHANGE_FAILED, fields);
}
