import { FLAG_TC } from '../../net/dns/dns-format.js';
import type { DnsQuery } from '../../net/dns/dns-query.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { exchangeHttps } from './dns-exchange-https.js';
import { type DnsTls, exchangeTcp } from './dns-exchange-tcp.js';
import { type DnsDestination, type ExchangeContext, exchangeUdp } from './dns-exchange-udp.js';
import { type DnsMessage } from './dns-message.js';
import type { DnsOptions, DnsTransport } from './dns-options.js';
import { authorityOf, type DnsTarget } from './dns-target.js';

/** The dependencies of a query, and callbacks for facts about the exchange. */
export interface AskContext extends ExchangeContext {
  readonly options: DnsOptions;
  readonly target: DnsTarget;
  readonly userAgent: string;
  /** Called for each datagram that is not a reply to the query. */
  readonly onIgnored: () => void;
  /** Called when a reply is truncated and the query is sent again over TCP. */
  readonly onRetry: () => void;
  /** Receives what the server presented, even if the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
  readonly onStatus: (status: number) => void;
}

/** Sends the query over the module's transport, which must exist. Rejects with a ProbeFailure. */
export function askServer(to: DnsDestination, query: DnsQuery, context: AskContext): Promise<DnsMessage> {
  const { transport } = context.options;
  switch (transport.kind) {
    case 'udp':
      return askUdp(to, query, { transport, context });
    case 'tcp':
      return exchangeTcp(to, query, context);
    case 'tls':
      return exchangeTcp(to, query, { ...context, tls: tlsFor(context) });
    case 'https':
      return askHttps(to, query, { ...context, transport });
    case 'unknown':
    case 'tls-over-udp':
      return Promise.reject(new Error(`Cannot ask over the transport "${transport.kind}"`));
  }
}

interface OverUdp {
  readonly transport: Extract<DnsTransport, { readonly kind: 'udp' }>;
  readonly context: AskContext;
}

type OverHttps = AskContext & { readonly transport: Extract<DnsTransport, { readonly kind: 'https' }> };

async function askUdp(to: DnsDestination, query: DnsQuery, { transport, context }: OverUdp): Promise<DnsMessage> {
  const { replyLimitBytes, retryOverTcp } = transport;
  const { signal, phases, onIgnored } = context;
  const reply = await exchangeUdp(to, query, { signal, phases, onIgnored, replyLimitBytes });
  if (!retryOverTcp || (reply.flags & FLAG_TC) === 0) return reply;
  context.onRetry();
  return exchangeTcp(to, query, context);
}

function askHttps(to: DnsDestination, query: DnsQuery, context: OverHttps): Promise<DnsMessage> {
  const { transport, target, userAgent } = context;
  const recipe = {
    method: transport.method,
    authority: authorityOf(target),
    path: target.path ?? transport.path,
    userAgent,
  };
  const alpn = transport.http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  return exchangeHttps(to, query, { ...context, recipe, tls: { ...tlsFor(context), alpn } });
}

function tlsFor({ options: { tls: client }, target, onTls }: AskContext): DnsTls {
  return { client, serverName: client.serverName ?? target.host, onTls };
}
