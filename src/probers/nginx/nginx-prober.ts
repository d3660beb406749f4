import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpRequest } from '../../net/http-exchange.js';
import { isHeaderValue } from '../../net/http1/http-headers.js';
import { type Http1Exchange, http1Exchange } from '../../net/http1/http1-exchange.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import {
  type ConnectionPlace,
  defineProber,
  type ProbeContext,
  type Prober,
  type ProbeRequest,
} from '../../probe/prober.js';
import type { RawNginx } from '../../values/raw-config.js';
import { dialServer, type ServerPhase } from '../server-client/server-dial.js';
import { compileNginxOptions, type NginxOptions, type NginxProberDeps } from './nginx-options.js';
import { fetchPage, otherPage, type PageRequest, REQUEST_FAILED, sendRequest } from './nginx-page.js';
import { reportNothingYet, reportPhases, reportStatusCode, reportStubStatus } from './nginx-report.js';
import { type NginxTarget, readNginxTarget } from './nginx-target.js';
import { parseStubStatus } from './stub-status.js';

/** Reads the page of NGINX' stub_status and gives the metrics of nginx-prometheus-exporter. */
export function nginxProber(deps: NginxProberDeps): Prober<'nginx'> {
  return defineProber<'nginx', RawNginx, NginxOptions>({
    name: 'nginx',
    compile: (raw) => compileNginxOptions(raw, deps),
    probe: (request, options, context) => probeNginx(request, options, { deps, context }),
  });
}

interface Deps {
  readonly deps: NginxProberDeps;
  readonly context: ProbeContext;
}

async function probeNginx(probe: ProbeRequest, options: NginxOptions, { deps, context }: Deps): Promise<void> {
  const { metrics } = context;
  reportNothingYet(metrics);
  const hostname = probe.hostname === '' ? undefined : probe.hostname;
  const target = readNginxTarget(probe.target);
  options.checkCredentials(target.server);
  const request = await requestFor(target, options, { hostname, context });
  const phases = new PhaseClock<ServerPhase>(context);
  try {
    const page = await askFor(target, request, { options, phases, deps, context, hostname });
    context.marks.enter('check');
    const status = parseStubStatus(page);
    if (status === undefined) throw otherPage(page);
    reportStubStatus(metrics, status);
  } finally {
    reportPhases(metrics, phases);
  }
}

interface Connection extends Deps {
  readonly options: NginxOptions;
  readonly phases: PhaseClock<ServerPhase>;
  readonly hostname: string | undefined;
}

/** A connection over which the request was sent. */
interface Asked {
  readonly socket: Duplex;
  readonly exchange: Http1Exchange;
}

/** One request. Its connection is closed on every path, unless it is left for the next scrape. */
async function askFor(target: NginxTarget, request: HttpRequest, connection: Connection): Promise<string> {
  const { phases, context } = connection;
  const { metrics, notes, signal, place } = context;
  const page = { request, phases, signal };
  const { socket, exchange } = (await askAgain(page, place)) ?? (await askAnew(target, page, connection));
  let isLeft = false;
  try {
    const text = await fetchPage(exchange, page, (response) => {
      reportStatusCode(metrics, response.status);
      notes.answers(response);
    });
    isLeft = place !== undefined && exchange.leave();
    if (isLeft) place?.put(socket);
    return text;
  } finally {
    if (!isLeft) exchange.close();
  }
}

/**
 * Asks over the connection of the scrape before; undefined if there is none, or if the server ends it without a byte of
 * an answer: it may have closed an idle connection at any time, so another one decides, as in Go's client.
 */
async function askAgain(page: PageRequest, place: ConnectionPlace | undefined): Promise<Asked | undefined> {
  const socket = place?.take();
  if (socket === undefined) return undefined;
  const exchange = http1Exchange(socket, page.signal);
  try {
    await sendRequest(exchange, page);
    return { socket, exchange };
  } catch (error) {
    exchange.close();
    if (page.signal.aborted) throw error;
    return undefined;
  }
}

async function askAnew(target: NginxTarget, page: PageRequest, connection: Connection): Promise<Asked> {
  const socket = await dial(target, connection);
  const exchange = http1Exchange(socket, page.signal);
  try {
    await sendRequest(exchange, page);
    return { socket, exchange };
  } catch (error) {
    exchange.close();
    throw error;
  }
}

function dial(target: NginxTarget, { options, phases, deps, context, hostname }: Connection): Promise<Socket> {
  const { server, scheme } = target;
  const { addresses } = options;
  const { resolver } = deps;
  const tls = scheme === 'https' ? { client: options.tls, serverName: hostname ?? target.hostname } : undefined;
  return dialServer(server, { addresses, scheme, hostname, resolver, context, phases, message: REQUEST_FAILED, tls });
}

/** The configured headers and the credentials, files read anew. Rejects with a ProbeFailure. */
async function requestFor(
  { scheme, authority, path }: NginxTarget,
  options: NginxOptions,
  { hostname, context }: { readonly hostname: string | undefined; readonly context: ProbeContext },
): Promise<HttpRequest> {
  const { credentials, userAgent } = options;
  const headers = [...(await options.headers.headers(context))];
  if (credentials !== undefined) headers.push(['Authorization', await credentials.header(context)]);
  // A zone means something to this host only (RFC 6874 §4).
  const host = hostname ?? authority.replace(/%[^\]]*/, '');
  if (!isHeaderValue(host) || /\s/.test(host)) {
    throw new ProbeFailure('setup', 'invalid_request', REQUEST_FAILED, { err: 'http: invalid Host header' });
  }
  const request = { method: 'GET', requestTarget: path, scheme, authority: host, userAgent, headers };
  return context.place === undefined ? request : Object.assign(request, { staysOpen: true as const });
}
