import { randomInt } from 'node:crypto';
import { WireError } from '../../net/dns/dns-format.js';
import { type DnsQuery, encodeQuery, type QueryRecipe, withId } from '../../net/dns/dns-query.js';
import { joinHostPort } from '../../net/host-port.js';
import { resolveTarget, type TargetAddress } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import { sourceFor } from '../../net/source-address.js';
import type { TlsFacts } from '../../net/tls/certificate-facts.js';
import { reportTls } from '../../net/tls/tls-report.js';
import { noteTls } from '../../net/tls/tls-trace.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import type { Destination } from '../../probe/policy/target-policy.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { RawDns } from '../../values/raw-config.js';
import { askServer } from './dns-ask.js';
import { judgeReply } from './dns-checks.js';
import { typeName } from './dns-codes.js';
import { reportDetails, reportNsid } from './dns-details.js';
import { describeExpectations, recordsText } from './dns-expectations.js';
import type { DnsMessage } from './dns-message.js';
import { compileDnsOptions, type DnsDeps, type DnsOptions, SECTIONS } from './dns-options.js';
import { overrideQuery, refuseParams } from './dns-params.js';
import { EXCHANGE_FAILED } from './dns-reply.js';
import {
  type DnsPhase,
  reportHttpStatus,
  reportIgnored,
  reportNothingYet,
  reportPhases,
  reportReply,
  reportTcpRetry,
} from './dns-report.js';
import { type DnsTarget, knownPort, portNumber, readDnsTarget } from './dns-target.js';

/** The dependencies of the dns prober. */
export interface DnsProberDeps extends DnsDeps {
  readonly resolver: Resolver;
  /** Sent as User-Agent with DNS over HTTPS. */
  readonly userAgent: string;
}

/** Makes the prober that queries DNS servers over UDP, TCP, TLS or HTTPS. */
export function dnsProber(deps: DnsProberDeps): Prober<'dns'> {
  return defineProber<'dns', RawDns, DnsOptions>({
    name: 'dns',
    compile: (raw) => compileDnsOptions(raw, deps),
    probe: (request, options, context) => probeDns(request, options, { deps, context }),
    refuse: refuseParams,
  });
}

interface Deps {
  readonly deps: DnsProberDeps;
  readonly context: ProbeContext;
}

async function probeDns(request: ProbeRequest, options: DnsOptions, around: Deps): Promise<void> {
  const { metrics, clock } = around.context;
  reportNothingYet(metrics);
  around.context.notes.expects(() => describeExpectations(options));
  refuseTransport(options, 'unknown');
  const recipe = overrideQuery(options, request.params);
  const reply = await exchange(request.target, { options, recipe }, around);
  reportReply(metrics, reply, recipe.type);
  if (options.withDetails) await reportDetails(metrics, reply, clock.wallSeconds());
  if (recipe.edns?.nsid === true) reportNsid(metrics, reply);
  logRecords(reply, around.context);
  around.context.notes.looksAt('records', () => recordsText(reply));
  around.context.marks.enter('check');
  const failure = await judgeReply(reply, options, around.context.signal);
  if (failure !== undefined) throw failure;
}

/** What is asked, with the parameters of the request, and all else that the module says. */
interface Query {
  readonly options: DnsOptions;
  readonly recipe: QueryRecipe;
}

/**
 * Runs the exchange from the target to the reply. It times the phases and sets all gauges that do not depend on the
 * content of the reply.
 */
async function exchange(text: string, { options, recipe }: Query, { deps, context }: Deps): Promise<DnsMessage> {
  const { metrics, signal, clock } = context;
  const target = readDnsTarget(text, options.transport.kind);
  const phases = new PhaseClock<DnsPhase>(context);
  const seen: Seen = { ignored: 0, retried: false, serverName: options.tls.serverName ?? target.host };
  try {
    const startedAt = clock.monotonicSeconds();
    const to = destinationOf(target, options);
    const found = await resolveTarget(to, options.addresses, { resolver: deps.resolver, context });
    // If the look-up fails, the phase stays at zero, as in upstream.
    phases.add('resolve', clock.monotonicSeconds() - startedAt);
    phases.enter('setup');
    await prepareTransport(options, signal);
    const server = serverAt(found, to, { target, options, context });
    noteQuery(text, joinHostPort(server.address, server.port), { options, recipe, context });
    return await askServer(server, makeQuery(recipe, options.transport.kind), {
      options,
      target,
      userAgent: deps.userAgent,
      signal,
      phases,
      onIgnored: () => seen.ignored++,
      onRetry: () => (seen.retried = true),
      onTls: (facts) => (seen.tls = facts),
      onStatus: (status) => reportHttpStatus(metrics, status),
    });
  } finally {
    reportPhases(metrics, phases);
    reportSeen(seen, options, context);
  }
}

function destinationOf(target: DnsTarget, { transport }: DnsOptions): Destination {
  return { scheme: transport.kind === 'https' ? 'https' : 'dns', host: target.host, port: knownPort(target) };
}

interface Asker {
  readonly target: DnsTarget;
  readonly options: DnsOptions;
  readonly context: ProbeContext;
}

function serverAt(found: TargetAddress, { scheme, host }: Destination, { target, options, context }: Asker) {
  const { address, family } = found;
  const localAddress = sourceFor(found, options.source, EXCHANGE_FAILED);
  const asked = { scheme, host, policy: context.policy };
  return { address, family, port: portNumber(target, EXCHANGE_FAILED), asked, localAddress };
}

async function prepareTransport(options: DnsOptions, signal: AbortSignal): Promise<void> {
  refuseTransport(options, 'tls-over-udp');
  if (options.transport.kind === 'tls' || options.transport.kind === 'https') await options.tls.prepare(signal);
}

/** Facts that an exchange reports as it proceeds, even if it fails. */
interface Seen {
  ignored: number;
  retried: boolean;
  tls?: TlsFacts;
  readonly serverName: string;
}

function reportSeen(
  { ignored, retried, tls, serverName }: Seen,
  { transport }: DnsOptions,
  { metrics, notes }: ProbeContext,
): void {
  reportIgnored(metrics, ignored);
  if (transport.kind === 'udp' && transport.retryOverTcp) reportTcpRetry(metrics, retried);
  if (tls === undefined) return;
  reportTls(metrics, tls);
  noteTls(tls, serverName, notes);
}

/** Like upstream, the configuration accepts transports that cannot work; the probe fails. */
function refuseTransport({ transport }: DnsOptions, kind: 'unknown' | 'tls-over-udp'): void {
  if (transport.kind !== kind) return;
  const unknown = transport.kind === 'unknown';
  const message = unknown
    ? 'Configuration error: Expected transport protocol udp or tcp'
    : 'Configuration error: Expected transport protocol tcp for DoT';
  throw new ProbeFailure('setup', 'invalid_request', message, { protocol: unknown ? transport.protocol : 'udp' });
}

/** Over HTTPS the id is 0, so that caches can work (RFC 8484, section 4.1); otherwise nobody can guess it. */
function makeQuery(recipe: QueryRecipe, transport: DnsOptions['transport']['kind']): DnsQuery {
  try {
    const query = encodeQuery(recipe);
    return transport === 'https' ? query : withId(query, randomInt(0x10000));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ProbeFailure('setup', 'invalid_request', EXCHANGE_FAILED, { err: error.message });
  }
}

interface Asking extends Query {
  readonly context: ProbeContext;
}

function noteQuery(server: string, target: string, { options: { transport }, recipe: query, context }: Asking): void {
  context.notes.dials(server, target);
  context.log.debug('Making DNS query', {
    target,
    dial_protocol: transport.kind,
    query: Buffer.from(query.name).toString('utf8'),
    type: typeName(query.type),
    class: query.class,
  });
}

/** A history with thousands of records helps nobody. */
const MOST_LOGGED_RECORDS = 100;

/** Logs the texts that regular expressions are matched with, for authors of modules. */
function logRecords(reply: DnsMessage, { log }: ProbeContext): void {
  log.debug('Got response', { rcode: reply.rcode, flags: reply.flags });
  let logged = 0;
  for (const section of SECTIONS) {
    for (const { text } of reply[section]) {
      if (++logged > MOST_LOGGED_RECORDS) return;
      log.debug('Validating RR', { section, rr: text });
    }
  }
}
