import os from 'node:os';
import { WatchedFile } from '../../files/watched-file.js';
import type { Clock } from '../../values/clock.js';
import type { Steps } from '../../values/in-slices.js';
import { askServers, type DnsLookup, lookUpCandidates } from './dns-lookup.js';
import { lookUpEither } from './either-family.js';
import { type HostsTable, parseHosts } from './hosts-file.js';
import type { FoundAddresses } from './name-answer.js';
import { ParsedFile } from './parsed-file.js';
import { parseResolvConf, type ResolvConf } from './resolv-conf.js';
import { ResolveError } from './resolve-error.js';

/** Looks up the addresses of names in the family that is asked for. */
export interface FamilyResolver {
  /**
   * The addresses of `host` in one family, and the names that led to them.
   * Rejects with a ResolveError, or with the signal's reason. `host` is a name, not an address.
   */
  readonly lookup: (host: string, family: 4 | 6, signal: AbortSignal) => Promise<FoundAddresses>;
}

/** Looks up the addresses of names. */
export interface Resolver extends FamilyResolver {
  /**
   * The addresses of `host` in the preferred family; those in the other one if there are none. Rejects as `lookup`
   * does.
   */
  readonly lookupEither: (host: string, preferred: 4 | 6, signal: AbortSignal) => Promise<FoundAddresses>;
}

/** A resolver that goes by files. */
export interface SystemResolver extends Resolver {
  /** Reads the files, so that the first look-up does not wait for the disk. */
  readonly prepare: () => Promise<void>;
}

/** The files that configure the system's resolver. */
export interface SystemResolverOptions {
  readonly hostsFile: string;
  readonly resolvConfFile: string;
  readonly clock: Clock;
  /** The name of this machine; without a search list, its domain is searched. */
  readonly hostname?: string;
  /** Instead of the `nameserver` lines, which cannot name a port: `address:port`. */
  readonly servers?: readonly string[];
}

/** Go's resolver looks at its files every five seconds, too. */
const CHECK_SECONDS = 5;
/** Parsed at one go. Go's resolver reads at most as much of a line. */
const LARGEST_RESOLV_CONF = 64 * 1024;

/**
 * Resolves as the system is configured, by the rules of Go's resolver: hosts file first, then the name servers with
 * search list, ndots, attempts and timeouts. Follows changes of both files within seconds; never waits for the disk
 * after the first look.
 */
export function createSystemResolver(options: SystemResolverOptions): SystemResolver {
  const { hosts, resolvConf } = watchFiles(options);
  const turns = new ServerTurns();
  const inDns = async (host: string): Promise<DnsLookup> => {
    const read = await resolvConf();
    const conf = options.servers === undefined ? read : { ...read, servers: options.servers };
    const ask = { timeoutSeconds: conf.timeoutSeconds, useTcp: conf.useTcp, clock: options.clock };
    return { host, conf, ask, order: () => turns.next(conf) };
  };
  return {
    prepare: async () => {
      await Promise.all([hosts(), resolvConf()]);
    },
    lookup: async (host, family, signal) => {
      const known = addressesInHosts(await hosts(), host, [family]);
      return known ?? lookUpOne(await inDns(host), family, signal);
    },
    lookupEither: async (host, preferred, signal) => {
      const known = addressesInHosts(await hosts(), host, preferred === 4 ? [4, 6] : [6, 4]);
      return known ?? lookUpAny(await inDns(host), preferred, signal);
    },
  };
}

interface ResolverFiles {
  readonly hosts: () => Promise<HostsTable>;
  readonly resolvConf: () => Promise<ResolvConf>;
}

function watchFiles({ hostsFile, resolvConfFile, clock, hostname }: SystemResolverOptions): ResolverFiles {
  const watch = { clock, checkSeconds: CHECK_SECONDS };
  const hosts = new ParsedFile(new WatchedFile(hostsFile, watch), parseHosts);
  const resolvConf = new ParsedFile(
    new WatchedFile(resolvConfFile, { ...watch, largestBytes: LARGEST_RESOLV_CONF }),
    function* (text): Steps<ResolvConf> {
      return parseResolvConf(text, hostname ?? os.hostname());
    },
    ({ noReload }) => noReload,
  );
  return { hosts: () => hosts.value(), resolvConf: () => resolvConf.value() };
}

function lookUpOne(lookup: DnsLookup, family: 4 | 6, signal: AbortSignal): Promise<FoundAddresses> {
  return lookUpCandidates(lookup, (name) => askServers({ name, family }, lookup, signal));
}

/** Both families of one name are asked for before the next name of the search list. */
function lookUpAny(lookup: DnsLookup, preferred: 4 | 6, signal: AbortSignal): Promise<FoundAddresses> {
  const { conf } = lookup;
  return lookUpCandidates(lookup, (name) => {
    const lookUp = (family: 4 | 6, until: AbortSignal): Promise<FoundAddresses> =>
      askServers({ name, family }, lookup, until);
    return lookUpEither({ preferred, oneByOne: conf.singleRequest, lookUp, signal });
  });
}

/** Whom to ask first: always the same server, or each in its turn where the option `rotate` is set. */
class ServerTurns {
  #turn = 0;

  next({ servers, rotate }: ResolvConf): readonly string[] {
    if (!rotate) return servers;
    const first = this.#turn++ % servers.length;
    return [...servers.slice(first), ...servers.slice(0, first)];
  }
}

/** The addresses of the first of `families` that has any; undefined for a name that the file does not have. */
function addressesInHosts(hosts: HostsTable, host: string, families: readonly (4 | 6)[]): FoundAddresses | undefined {
  const entries = hosts.get(host);
  if (entries === undefined) return undefined;
  for (const family of families) {
    const addresses = entries.filter((entry) => entry.family === family).map(({ text }) => text);
    if (addresses.length > 0) return { addresses, aliases: [] };
  }
  throw new ResolveError('dns_no_suitable_address', `address ${host}: no suitable address found`);
}
