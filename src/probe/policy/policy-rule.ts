import type { RawTargetRule } from '../../values/raw-config.js';
import { type AddressBlock, type AddressBytes, isInBlock } from './address-block.js';
import { parseAddresses } from './address-sets.js';
import type { AskedHost } from './asked-host.js';
import {
  compileHostPattern,
  compilePathPattern,
  parsePortRange,
  type PatternMatcher,
  type PortRange,
} from './policy-patterns.js';

/** A scheme that rules can name: that of a URL, of a proxy, or the prober's name where targets have none. */
export type Scheme = NonNullable<RawTargetRule['schemes']>[number];

/** The facts about a connection before it is opened, by which rules decide. */
export type Facts = NetworkFacts | SocketFacts;

/** The facts about a connection to a host. */
export interface NetworkFacts {
  readonly kind: 'network';
  readonly scheme: Scheme;
  /** The host that was asked for, and the virtual host, where a client chose one. */
  readonly hosts: readonly AskedHost[];
  /**
   * The other names that led to the address. An unclear one stands for those that are not known: before the name has
   * been resolved, and where somebody else resolves it.
   */
  readonly aliases: readonly AskedHost[];
  /** The port; undefined where it is not known, `none` where the protocol has none. */
  readonly port: number | 'none' | undefined;
  /** The address; absent before the name has been resolved, and where somebody else resolves it. */
  readonly address?: {
    readonly own: AddressBytes;
    /** The address, and the IPv4 addresses that it stands for. */
    readonly readings: readonly AddressBytes[];
  };
}

interface SocketFacts {
  readonly kind: 'socket';
  /** The path as it was asked for, without detours. */
  readonly asked: string;
  /** The path that it leads to, by all links. */
  readonly real: string;
}

/** Whether a rule matches a connection; `maybe` while facts that it depends on are unknown. */
export type Match = 'yes' | 'no' | 'maybe';

/**
 * Whether a rule denies or allows. One matching reading of a target is enough to deny it; to allow it, all must match.
 */
export type Side = 'deny' | 'allow';

/** One rule of a policy. All of its keys must match, and of each key any entry. */
export interface PolicyRule {
  readonly match: (facts: Facts, side: Side) => Match;
}

type KeyMatch = (facts: Facts, side: Side) => Match;

/** Compiles a rule. Throws an Error for an invalid entry. */
export function compileRule({ addresses, hosts, ports, schemes, paths }: RawTargetRule): PolicyRule {
  const keys: KeyMatch[] = [];
  if (schemes !== undefined) keys.push(schemeMatch(new Set(schemes)));
  if (ports !== undefined) keys.push(portMatch(ports.map(parsePortRange)));
  if (hosts !== undefined) keys.push(hostMatch(hosts.map(compileHostPattern)));
  if (addresses !== undefined) keys.push(addressMatch(addresses.flatMap(parseAddresses)));
  if (paths !== undefined) keys.push(pathMatch(paths.map(compilePathPattern)));
  return {
    match: (facts, side) => {
      let match: Match = 'yes';
      for (const key of keys) {
        const found = key(facts, side);
        if (found === 'no') return 'no';
        if (found === 'maybe') match = 'maybe';
      }
      return match;
    },
  };
}

function schemeMatch(schemes: ReadonlySet<Scheme>): KeyMatch {
  return (facts) => truth(schemes.has(facts.kind === 'socket' ? 'unix' : facts.scheme));
}

function portMatch(ranges: readonly PortRange[]): KeyMatch {
  return (facts) => {
    if (facts.kind === 'socket' || facts.port === 'none') return 'no';
    const { port } = facts;
    return port === undefined ? 'maybe' : truth(ranges.some(([from, to]) => from <= port && port <= to));
  };
}

function hostMatch(patterns: readonly PatternMatcher[]): KeyMatch {
  const matchOne = (host: AskedHost, side: Side): Match => {
    if (host.kind === 'unclear') return side === 'deny' ? 'maybe' : 'no';
    return truth(host.kind === 'name' && patterns.some((matches) => matches(host.name)));
  };
  return (facts, side) => {
    if (facts.kind === 'socket') return 'no';
    // The owner of a name chooses where it leads: that may be denied, but allows nothing.
    const judged = side === 'deny' ? [...facts.hosts, ...facts.aliases] : facts.hosts;
    const found = judged.map((host) => matchOne(host, side));
    const decisive = side === 'deny' ? 'yes' : 'no';
    if (found.includes(decisive)) return decisive;
    return found.includes('maybe') ? 'maybe' : truth(side === 'allow');
  };
}

function addressMatch(blocks: readonly AddressBlock[]): KeyMatch {
  const isIn = (address: AddressBytes): boolean => blocks.some((block) => isInBlock(address, block));
  return (facts, side) => {
    if (facts.kind === 'socket') return 'no';
    if (facts.address === undefined) return 'maybe';
    return truth(side === 'deny' ? facts.address.readings.some(isIn) : isIn(facts.address.own));
  };
}

function pathMatch(patterns: readonly PatternMatcher[]): KeyMatch {
  return (facts, side) => {
    if (facts.kind === 'network') return 'no';
    const paths = side === 'deny' ? [facts.asked, facts.real] : [facts.real];
    return truth(paths.some((path) => patterns.some((matches) => matches(path))));
  };
}

function truth(isTrue: boolean): Match {
  return isTrue ? 'yes' : 'no';
}
