import { gauge } from '../../metrics/metric-definition.js';
import { textOf } from '../../probe/error-text.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { Destination } from '../../probe/policy/target-policy.js';
import { ranOutOfTime } from '../../probe/probe-abort.js';
import type { ProbeContext } from '../../probe/prober.js';
import { hashIpAddress, type IpAddress, parseIpAddress } from '../../values/address/ip-address.js';
import { secondsSince } from '../../values/clock.js';
import { ResolveError } from './resolve-error.js';
import type { Resolver } from './resolver.js';

const ipProtocol = gauge('probe_ip_protocol', 'Specifies whether probe ip protocol is IP4 or IP6');
const lookupTime = gauge('probe_dns_lookup_time_seconds', 'Returns the time taken for probe dns lookup in seconds');
const addressHash = gauge(
  'probe_ip_addr_hash',
  "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
);

/** The family of addresses that a module wants. */
export interface AddressPolicy {
  readonly preferred: 'ip4' | 'ip6';
  /** Whether the other family will do if there is no address of the preferred one. */
  readonly fallback: boolean;
  /** Where there are only addresses of the other family: the first of them, as Go's dialer takes it; not the last. */
  readonly firstOfOther?: boolean;
}

/**
 * The policy of `preferred_ip_protocol` and `ip_protocol_fallback`; IPv6 comes first where nothing is said, as in
 * upstream.
 */
export function addressPolicy(raw: {
  readonly preferred_ip_protocol: string;
  readonly ip_protocol_fallback: boolean;
}): AddressPolicy {
  const { preferred_ip_protocol: preferred, ip_protocol_fallback: fallback } = raw;
  return { preferred: preferred === '' || preferred === 'ip6' ? 'ip6' : 'ip4', fallback };
}

/** The one address that a probe talks to. */
export interface TargetAddress {
  /** The address without brackets, and with the zone if there is one. */
  readonly address: string;
  readonly family: 4 | 6;
  /** The names that led to it, by which the policy judges another destination at this address. */
  readonly aliases: readonly string[];
}

/** The dependencies of resolving a target. */
export interface ResolveTargetDeps {
  readonly resolver: Resolver;
  readonly context: ProbeContext;
}

/**
 * Chooses the address of a host (a name or an address without brackets): the first of the preferred family, else the
 * first of the other one where `wanted` allows it. Sets the three gauges of resolving, which stay zero on failure;
 * throws ProbeFailure of phase `resolve`, or `target_denied` where the policy of the probe denies the address.
 */
export async function resolveTarget(
  to: Destination,
  wanted: AddressPolicy,
  deps: ResolveTargetDeps,
): Promise<TargetAddress> {
  const { metrics, log, clock, signal, marks, policy } = deps.context;
  policy.assertMayResolve(to);
  // Upstream registers all three before it looks anything up.
  metrics.set(ipProtocol, 0);
  metrics.set(addressHash, 0);
  log.debug('Resolving target address', { target: to.host, ip_protocol: wanted.preferred });
  marks.enter('resolve');
  const startedAt = clock.monotonicSeconds();
  try {
    const found = acceptLiteral(to.host, wanted) ?? (await lookUp(policy.nameToResolve(to.host), wanted, deps));
    const { parsed, aliases } = found;
    policy.assertMayDial(to, parsed.text, aliases);
    metrics.set(ipProtocol, parsed.family);
    metrics.set(addressHash, hashIpAddress(parsed.bytes));
    log.debug('Resolved target address', { target: to.host, ip: parsed.text });
    return { address: parsed.text, family: parsed.family, aliases };
  } catch (error) {
    if (error instanceof ProbeFailure && error.reason === 'target_denied') throw error;
    const { reason, err } = explain(error, to.host, signal);
    const family = wanted.fallback ? undefined : { ip_protocol: wanted.preferred };
    log.error('Resolution with IP protocol failed', { target: to.host, ...family, err });
    throw new ProbeFailure('resolve', reason, 'Error resolving address', { err });
  } finally {
    metrics.set(lookupTime, secondsSince(startedAt, clock));
  }
}

interface Found {
  readonly parsed: IpAddress;
  /** The names that led to it. */
  readonly aliases: readonly string[];
}

/** The address that `host` is, if it is one. */
function acceptLiteral(host: string, { preferred, fallback }: AddressPolicy): Found | undefined {
  const literal = parseIpAddress(host);
  if (literal === undefined) return undefined;
  if (fallback || literal.family === familyOf(preferred)) return { parsed: literal, aliases: [] };
  // As for Go, `::` means every address of this machine, in either family.
  const any = literal.text === '::' ? parseIpAddress('0.0.0.0') : undefined;
  if (any !== undefined) return { parsed: any, aliases: [] };
  throw noneSuits(host);
}

async function lookUp(
  host: string,
  { preferred, fallback, firstOfOther = false }: AddressPolicy,
  { resolver, context: { signal } }: ResolveTargetDeps,
): Promise<Found> {
  const wanted = familyOf(preferred);
  const { addresses, aliases } = fallback
    ? await resolver.lookupEither(host, wanted, signal)
    : await resolver.lookup(host, wanted, signal);
  let other: IpAddress | undefined;
  for (const address of addresses) {
    const parsed = parseIpAddress(address);
    if (parsed === undefined) throw new ResolveError('dns_server_failure', `lookup ${host}: invalid address`);
    if (parsed.family === wanted) return { parsed, aliases };
    // Upstream takes the last one of the other family, and the first one of the preferred family.
    if (!firstOfOther || other === undefined) other = parsed;
  }
  if (other === undefined) throw new Error('Resolver broke its promise: no address and no error');
  // An IPv4-mapped address in a record for IPv6 is one of IPv4, as in Go.
  if (!fallback) throw noneSuits(host);
  return { parsed: other, aliases };
}

function noneSuits(host: string): ResolveError {
  return new ResolveError('dns_no_suitable_address', `address ${host}: no suitable address found`);
}

function familyOf(preferred: AddressPolicy['preferred']): 4 | 6 {
  return preferred === 'ip4' ? 4 : 6;
}

function explain(error: unknown, host: string, signal: AbortSignal): { reason: FailureReason; err: string } {
  if (signal.aborted) {
    const late = ranOutOfTime(signal);
    return {
      reason: late ? 'dns_timeout' : 'probe_cancelled',
      err: `lookup ${host}: ${late ? 'i/o timeout' : 'operation was canceled'}`,
    };
  }
  if (error instanceof ResolveError) return { reason: error.reason, err: error.message };
  if (error instanceof ProbeFailure) return { reason: error.reason, err: textOf(error) };
  throw error;
}
