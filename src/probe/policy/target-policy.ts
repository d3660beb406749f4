import { resolve } from 'node:path';
import { parseIpAddress } from '../../values/address/ip-address.js';
import type { RawTargetPolicy } from '../../values/raw-config.js';
import { ProbeFailure } from '../failure.js';
import { readingsOf } from './address-readings.js';
import { type AskedHost, readAskedHost, readNamedHost, UNCLEAR } from './asked-host.js';
import { compileRule, type Facts, type NetworkFacts, type PolicyRule, type Scheme } from './policy-rule.js';

/** The destination of a connection of a probe. */
export interface Destination {
  readonly scheme: Scheme;
  /** A name or an address, as it was asked for. */
  readonly host: string;
  /** The port; undefined where it is not known, or where the protocol has none. */
  readonly port?: number | undefined;
  /** The virtual host, where the client that asked for the probe chose it. */
  readonly hostname?: string | undefined;
  /** The address of this host that is dialled from, where the module says it. */
  readonly source?: string | undefined;
}

/** One `target_policy` of a configuration. */
interface Layer {
  readonly deny: readonly PolicyRule[];
  /** The rules that allow; undefined allows everything that is not denied. */
  readonly allow: readonly PolicyRule[] | undefined;
  readonly trustsProxies: boolean;
  readonly judgesNames: boolean;
  readonly judgesPaths: boolean;
}

type Verdict = 'allowed' | 'denied' | 'undecided';

/**
 * The destinations that a probe may reach: the policies of the configuration and of the module must both allow them.
 * Each method throws the same ProbeFailure, `target_denied`, so that it reveals nothing about the target.
 */
export class TargetPolicy {
  readonly #layers: readonly Layer[];

  private constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  /** Allows everything, as a configuration without policies does. */
  static readonly ALLOW_ALL = new TargetPolicy([]);

  /**
   * Compiles a policy. Throws an Error for an invalid entry, which the checks of the configuration have reported
   * before.
   */
  static compile({ allow, deny, trust_proxies: trustsProxies }: RawTargetPolicy): TargetPolicy {
    const rules = [...deny, ...(allow ?? [])];
    const layer: Layer = {
      deny: deny.map(compileRule),
      allow: allow?.map(compileRule),
      trustsProxies,
      judgesNames: rules.some(({ hosts }) => hosts !== undefined),
      judgesPaths: rules.some(({ paths }) => paths !== undefined),
    };
    return new TargetPolicy([layer]);
  }

  /** Returns the policy that allows what this one and the other allow. */
  and(other: TargetPolicy): TargetPolicy {
    return new TargetPolicy([...this.#layers, ...other.#layers]);
  }

  /** Whether there is any rule at all. */
  get isOpen(): boolean {
    return this.#layers.length === 0;
  }

  /** The name to ask name servers for: where names are judged, the search list must not make another one of it. */
  nameToResolve(host: string): string {
    return this.#layers.some(({ judgesNames }) => judgesNames) && !host.endsWith('.') ? `${host}.` : host;
  }

  /** Whether paths are judged: then it matters where links lead. */
  get judgesPaths(): boolean {
    return this.#layers.some(({ judgesPaths }) => judgesPaths);
  }

  /** Has to be called before a name is resolved. Throws if no address of it could be allowed. */
  assertMayResolve(to: Destination): void {
    if (!this.isOpen) this.#assertNone(factsOf(assertPort(to)), 'denied');
  }

  /**
   * Has to be called before a packet is sent to an address. Throws unless that is allowed. `aliases` are the names that
   * led to it; whoever resolved the name has to pass them, once.
   */
  assertMayDial(to: Destination, address: string, aliases: readonly string[] = []): void {
    if (this.isOpen) return;
    const facts = factsOf(assertPort(to), { address, aliases });
    this.#assertNone(facts, 'denied');
    this.#assertNone(facts, 'undecided');
  }

  /** Has to be called before a proxy is asked for a connection to a host, which the proxy resolves. */
  assertMayProxy(to: Destination): void {
    if (this.isOpen) return;
    const facts = factsOf(assertPort(to));
    this.#assertNone(facts, 'denied');
    // Nobody knows what the proxy takes an unclear host for, so it is not left to the proxy either.
    const isUnclear = facts.hosts.some(({ kind }) => kind === 'unclear');
    for (const layer of this.#layers) {
      const isTrusted = layer.trustsProxies && !isUnclear;
      if (!isTrusted && judge(layer, facts) === 'undecided') throw denied();
    }
  }

  /**
   * Has to be called before a unix socket is opened; `real` is where the path leads to. A path that begins with a NUL
   * is that of an abstract socket.
   */
  assertMayOpen(path: string, real: string): void {
    if (this.isOpen) return;
    const facts: Facts = { kind: 'socket', asked: shownPath(path), real: shownPath(real) };
    this.#assertNone(facts, 'denied');
  }

  #assertNone(facts: Facts, verdict: Verdict): void {
    if (this.#layers.some((layer) => judge(layer, facts) === verdict)) throw denied();
  }
}

/** A rule that denies wins over all that allow. */
function judge({ deny, allow }: Layer, facts: Facts): Verdict {
  const against = deny.map((rule) => rule.match(facts, 'deny'));
  if (against.includes('yes')) return 'denied';
  const inFavour = allow?.map((rule) => rule.match(facts, 'allow')) ?? ['yes'];
  if (inFavour.every((match) => match === 'no')) return 'denied';
  return against.includes('maybe') || !inFavour.includes('yes') ? 'undecided' : 'allowed';
}

const LARGEST_PORT = 65_535;

/** A larger number is no port; some clients, and proxies, take it for the rest of a division. */
function assertPort(to: Destination): Destination {
  if (to.port !== undefined && to.port > LARGEST_PORT) throw denied();
  return to;
}

interface Dialled {
  readonly address: string;
  readonly aliases: readonly string[];
}

function factsOf({ scheme, host, port, hostname = '', source }: Destination, dialled?: Dialled): NetworkFacts {
  const asked = readAskedHost(host);
  const hosts: readonly AskedHost[] = hostname === '' ? [asked] : [asked, readNamedHost(hostname)];
  const own = dialled === undefined ? (asked.kind === 'address' ? asked.bytes : undefined) : bytesOf(dialled.address);
  const boundTo = source === undefined ? undefined : bytesOf(source);
  const aliases = dialled?.aliases.map(readAskedHost) ?? (asked.kind === 'name' ? [UNCLEAR] : []);
  return {
    kind: 'network',
    scheme,
    hosts,
    aliases,
    port: scheme === 'icmp' ? 'none' : port,
    ...(own !== undefined && { address: { own, readings: readingsOf(own, boundTo) } }),
  };
}

function bytesOf(address: string): Uint8Array {
  const parsed = parseIpAddress(address);
  if (parsed === undefined) throw new Error(`Cannot dial "${address}": it is no address`);
  return parsed.bytes;
}

function shownPath(path: string): string {
  return path.startsWith('\0') ? `@${path.slice(1)}` : resolve(path);
}

/** The text and the phase are always the same, so that they tell nothing of the target. */
function denied(): ProbeFailure {
  return new ProbeFailure('setup', 'target_denied', 'The target is denied by target_policy');
}
