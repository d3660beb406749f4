import type { Asked } from '../../net/connect.js';
import { resolveTarget, type TargetAddress } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import { stepFailure } from '../../probe/step-failure.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import { secondsSince } from '../../values/clock.js';
import type { RawIcmp } from '../../values/raw-config.js';
import { judgeEchoes } from './icmp-checks.js';
import { type EchoObservation, exchangeEchoes } from './icmp-exchange.js';
import { compileIcmpOptions, familyOfSource, type IcmpOptions } from './icmp-options.js';
import { type IcmpPhase, meanRoundTrip, reportIcmpPhases, reportReplies, reportSeries } from './icmp-report.js';
import type { IcmpSockets, Lease } from './icmp-sockets.js';

/** The dependencies of the icmp prober. */
export interface IcmpProberDeps {
  readonly resolver: Resolver;
  readonly icmp: IcmpSockets;
}

/** Sends echo requests (ping), to IPv4 and IPv6 hosts. */
export function icmpProber({ resolver, icmp }: IcmpProberDeps): Prober<'icmp'> {
  return defineProber<'icmp', RawIcmp, IcmpOptions>({
    name: 'icmp',
    compile: compileIcmpOptions,
    probe: (request, options, context) => probeIcmp(request, options, { resolver, icmp, context }),
  });
}

const ECHO_FAILURES = ['icmp_replies_missing', 'response_timeout'] as const;

interface Deps extends IcmpProberDeps {
  readonly context: ProbeContext;
}

async function probeIcmp({ target }: ProbeRequest, options: IcmpOptions, { resolver, icmp, context }: Deps) {
  const { metrics, clock } = context;
  const phases = new PhaseClock<IcmpPhase>(context);
  reportIcmpPhases(metrics, phases);
  const startedAt = clock.monotonicSeconds();
  const to = { scheme: 'icmp' as const, host: target };
  const found = await resolveTarget(to, options.addresses, { resolver, context });
  phases.add('resolve', secondsSince(startedAt, clock));
  phases.enter('setup');
  context.notes.dials(target, found.address);
  const { minReplies, count } = options;
  context.notes.expects(() => [
    { expects: `at least ${minReplies} of ${count} echo requests are answered`, reasons: ECHO_FAILURES },
  ]);
  try {
    const { address, family } = found;
    const source = options.source === '' ? undefined : options.source;
    const asked = { scheme: to.scheme, host: target, policy: context.policy, source };
    const observation = await ping({ address, family, asked }, options, { icmp, context, phases });
    const rtt = meanRoundTrip(observation);
    if (rtt !== undefined) phases.add('rtt', rtt);
    reportReplies(metrics, observation);
    if (options.count > 1) reportSeries(metrics, observation);
    const failure = judgeEchoes(observation, options, context.signal);
    if (failure !== undefined) throw failure;
  } finally {
    reportIcmpPhases(metrics, phases);
  }
}

interface Pinged extends Pick<TargetAddress, 'address' | 'family'> {
  readonly asked: Asked;
}

interface PingDeps {
  readonly icmp: IcmpSockets;
  readonly context: ProbeContext;
  readonly phases: PhaseClock<IcmpPhase>;
}

async function ping(
  { address, family, asked }: Pinged,
  options: IcmpOptions,
  { icmp, context, phases }: PingDeps,
): Promise<EchoObservation> {
  const { log, clock, signal } = context;
  const startedAt = clock.monotonicSeconds();
  log.debug('Creating socket');
  const { data, count, intervalSeconds, dontFragment } = options;
  const lease = openSocket(family, options, { icmp, signal });
  phases.add('setup', secondsSince(startedAt, clock));
  try {
    if (data === undefined) throw tooLarge();
    log.debug('Writing out packet', { socket: lease.channel.raw ? 'raw' : 'datagram' });
    const addressBytes = bytesOf(address);
    const plan = { address, asked, addressBytes, data, count, intervalSeconds, mayFragment: !dontFragment };
    phases.enter('rtt');
    return await exchangeEchoes(plan, { channel: lease.channel, clock, signal });
  } finally {
    lease.release();
  }
}

function openSocket(
  family: 4 | 6,
  { source, ttl, dontFragment }: IcmpOptions,
  { icmp, signal }: { readonly icmp: IcmpSockets; readonly signal: AbortSignal },
): Lease {
  if (source !== '' && familyOfSource(source) !== family) {
    const message =
      familyOfSource(source) === undefined ? 'Error parsing source ip address' : 'Error listening to socket';
    throw new ProbeFailure('setup', 'address_unavailable', message, { srcIP: source, ip_protocol: `ip${family}` });
  }
  try {
    return icmp.lease({ family, ttl, dontFragment, source });
  } catch (error) {
    throw stepFailure(error, { phase: 'setup', signal, message: 'Error listening to socket' });
  }
}

function tooLarge(): ProbeFailure {
  return new ProbeFailure('rtt', 'packet_too_big', 'Error writing to socket', { err: 'message too long' });
}

/** resolveTarget has chosen an address. */
function bytesOf(address: string): Uint8Array {
  const parsed = parseIpAddress(address);
  if (parsed === undefined) throw new Error(`Cannot ping "${address}": no address`);
  return parsed.bytes;
}
