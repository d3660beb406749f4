import type { HttpRequest } from '../../net/http-exchange.js';
import { isHeaderValue } from '../../net/http1/http-headers.js';
import { http1Exchange } from '../../net/http1/http1-exchange.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { SecretUser } from '../../probe/used-secrets.js';
import type { RawNginx } from '../../values/raw-config.js';
import { dialServer, type ServerPhase } from '../server-client/server-dial.js';
import { compileNginxOptions, type NginxOptions, type NginxProberDeps } from './nginx-options.js';
import { fetchPage, otherPage, REQUEST_FAILED } from './nginx-page.js';
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
  const request = await requestFor(target, options, { hostname, user: context });
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

/** One connection for one request; it is closed on every path. */
async function askFor(target: NginxTarget, request: HttpRequest, connection: Connection): Promise<string> {
  const { options, phases, deps, context, hostname } = connection;
  const { metrics, notes, signal } = context;
  const tls = target.scheme === 'https' && { client: options.tls, serverName: hostname ?? target.hostname };
  const { resolver } = deps;
  const dialer = { addresses: options.addresses, scheme: target.scheme, hostname, resolver, context, phases };
  const socket = await dialServer(target.server, { ...dialer, message: REQUEST_FAILED, ...(tls && { tls }) });
  const exchange = http1Exchange(socket, signal);
  try {
    return await fetchPage(exchange, {
      request,
      phases,
      signal,
      onAnswer: (response) => {
        reportStatusCode(metrics, response.status);
        notes.answers(response);
      },
    });
  } finally {
    exchange.close();
  }
}

/** The configured headers and the credentials, files read anew. Rejects with a ProbeFailure. */
async function requestFor(
  { scheme, authority, path }: NginxTarget,
  options: NginxOptions,
  { hostname, user }: { readonly hostname: string | undefined; readonly user: SecretUser },
): Promise<HttpRequest> {
  const { credentials, userAgent } = options;
  const headers = [...(await options.headers.headers(user))];
  if (credentials !== undefined) headers.push(['Authorization', await credentials.header(user)]);
  // A zone means something to this host only (RFC 6874 §4).
  const host = hostname ?? authority.replace(/%[^\]]*/, '');
  if (!isHeaderValue(host) || /\s/.test(host)) {
    throw new ProbeFailure('setup', 'invalid_request', REQUEST_FAILED, { err: 'http: invalid Host header' });
  }
  return { method: 'GET', requestTarget: path, scheme, authority: host, userAgent, headers };
}
