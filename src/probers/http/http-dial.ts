import net, { type Socket } from 'node:net';
import { type Asked, connectTcp } from '../../net/connect.js';
import type { HttpExchange } from '../../net/http-exchange.js';
import { http1Exchange } from '../../net/http1/http1-exchange.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { stopWatching } from '../../net/tls/records/record-watch.js';
import type { TlsConnection } from '../../net/tls/tls-client.js';
import { type TlsStep, tlsStep } from '../../net/tls/tls-step.js';
import { ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { stepFailure } from '../../probe/step-failure.js';
import { GAVE_PLAIN_HTTP } from '../http-client/gave-plain-http.js';
import type { Proxy } from '../http-client/http-proxy.js';
import { type HttpUrl, portOf } from '../http-client/http-url.js';
import { http2Exchange } from '../http-client/http2-exchange.js';
import { tunnelByProxy } from '../http-client/tunnel-by-proxy.js';
import type { HttpOptions } from './http-options.js';
import type { HttpPhase } from './http-report.js';

/** Upstream's log line for a request that got no answer; its `err` names the request. */
export const REQUEST_FAILED = 'Error for HTTP request';

/** The destination of a hop, after name resolution. */
export interface DialPlan {
  readonly url: HttpUrl;
  /** The address of the origin server, or of its proxy. */
  readonly address: string;
  readonly proxy: Proxy | undefined;
  /** The destination for the target policy: the origin server, or its proxy. */
  readonly asked: Asked;
  /** The name for SNI and for the certificate. */
  readonly serverName: string;
}

/** The dependencies of dialling. */
export interface Dialer {
  readonly options: HttpOptions;
  readonly signal: AbortSignal;
  readonly phases: PhaseClock<HttpPhase>;
  /** Receives the TLS facts of the origin server, even if the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
  /** Receives those of an HTTPS proxy, and the name that its certificate should have. */
  readonly onProxyTls: (facts: TlsFacts, serverName: string) => void;
}

/** A connection of its own for one request; times `connect` and `tls`. Rejects with a ProbeFailure. */
export async function dial(plan: DialPlan, dialer: Dialer): Promise<HttpExchange> {
  const { phases, options, signal } = dialer;
  const socket = await phases.time('connect', () => connect(plan, dialer));
  if (plan.url.scheme === 'http') return http1Exchange(socket, signal);
  const how = options.http2 ? WITH_HTTP2 : WITHOUT_HTTP2;
  const connection = await phases.time('tls', () => handshake(socket, plan.serverName, how, dialer));
  if (connection.facts.negotiatedProtocol === 'h2') {
    // HTTP/2 needs no watch for a cut record: its frames show where an answer ends.
    stopWatching(connection.socket);
    return http2Exchange(connection.socket, signal);
  }
  return http1Exchange(connection.socket, signal);
}

const WITHOUT_HTTP2 = { alpn: undefined, ofPlainHttp: GAVE_PLAIN_HTTP, watchesRecords: true };
const WITH_HTTP2 = { alpn: ['h2', 'http/1.1'], ofPlainHttp: GAVE_PLAIN_HTTP, watchesRecords: true };

/** The connection to the origin server; through a proxy, asking for the tunnel is a part of connecting. */
async function connect(plan: DialPlan, dialer: Dialer): Promise<Socket> {
  const { url, proxy } = plan;
  const { signal } = dialer;
  const connected = connectTcp({
    address: plan.address,
    port: proxy?.port ?? portOf(url),
    asked: plan.asked,
    signal,
  }).catch((error: unknown) => {
    throw stepFailure(error, { phase: 'connect', signal, message: REQUEST_FAILED });
  });
  if (proxy === undefined) return connected;
  const socket = await toProxy(connected, proxy, dialer).catch((error: unknown) => {
    throw error instanceof ProbeFailure ? ofProxy(error) : error;
  });
  return proxy.scheme === 'socks5' || url.scheme === 'https' ? tunnel(socket, plan, proxy, dialer) : socket;
}

async function toProxy(connected: Promise<Socket>, proxy: Proxy, dialer: Dialer): Promise<Socket> {
  const socket = await connected;
  if (proxy.scheme !== 'https') return socket;
  const serverName = dialer.options.tls.serverName ?? proxy.host;
  const onTls = (facts: TlsFacts): void => {
    dialer.onProxyTls(facts, serverName);
  };
  return (await handshake(socket, serverName, {}, { ...dialer, onTls })).socket;
}

/** Reports, in Go's words, that the proxy could not be reached. */
function ofProxy(failure: ProbeFailure): ProbeFailure {
  const { phase, reason, message, fields } = failure;
  if (reason === 'target_denied') return failure;
  return new ProbeFailure(phase, reason, message, { ...fields, err: `proxyconnect tcp: ${String(fields['err'])}` });
}

function tunnel(socket: Socket, plan: DialPlan, proxy: Proxy, { options, signal, phases }: Dialer): Promise<Socket> {
  phases.enter('proxy');
  const { hostname: host } = plan.url;
  return tunnelByProxy(socket, {
    ...{ proxy, host, port: portOf(plan.url), signal },
    connectHeaders: options.proxyConnectHeaders,
  });
}

async function handshake(
  socket: Socket,
  serverName: string,
  more: Pick<TlsStep, 'alpn' | 'ofPlainHttp' | 'watchesRecords'>,
  dialer: Dialer,
): Promise<TlsConnection> {
  const { options, signal, phases, onTls } = dialer;
  phases.enter('tls');
  const { alpn, ofPlainHttp, watchesRecords } = more;
  return tlsStep(socket, {
    client: options.tls,
    serverName,
    alpn,
    ofPlainHttp,
    watchesRecords,
    signal,
    message: REQUEST_FAILED,
    onTls,
  });
}

/** Whether `host` needs no look-up. */
export function isAddress(host: string): boolean {
  return net.isIP(host) !== 0;
}
