import os from 'node:os';
import { type FileContent, WatchedFile } from '../../files/watched-file.js';
import type { Clock } from '../../values/clock.js';
import { askServers, type DnsLookup, lookUpCandidates } from './dns-lookup.js';
import { lookUpEither } from './either-family.js';
import { hostsKey, type HostsTable, parseHosts } from './hosts-file.js';
import type { FoundAddresses } from './name-answer.js';
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
  const watch = (path: string): WatchedFile => new WatchedFile(path, { clock, checkSeconds: CHECK_SECONDS });
  const parse = (text: string): ResolvConf => parseResolvConf(text, hostname ?? os.hostname());
  return {
    hosts: parsed(watch(hostsFile), parseHosts),
    resolvConf: parsed(watch(resolvConfFile), parse, ({ noReload }) => noReload),
  };
}

function lookUpOne(lookup: DnsLookup, family: 4 | 6, signal: AbortSignal): Promise<FoundAddresses> {
  return lookUpCandidates(lookup, (name) => askServers({ name, family }, lookup, signal));
}

/** Both families of one name are asked for before the next name of the search list. */
function lookUpAny(lookup: DnsLookup, preferred: 4 | 6, signal: AbortSignal): Promise<FoundAddresses> {
  const { host, conf } = lookup;
  return lookUpCandidates(lookup, (name) => {
    const lookUp = (family: 4 | 6, until: AbortSignal): Promise<FoundAddresses> =>
      askServers({ name, family }, lookup, until);
    return lookUpEither({ host, preferred, oneByOne: conf.singleRequest, lookUp, signal });
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

/**
 * Parses a file again only after it has changed, and never after `isFinal`. A file that cannot be read counts as empty,
 * as in Go.
 */
function parsed<T>(
  file: WatchedFile,
  parse: (text: string) => T,
  isFinal: (value: T) => boolean = () => false,
): () => Promise<T> {
  let last: { content: FileContent; value: T } | undefined;
  return async () => {
    if (last !== undefined && isFinal(last.value)) return last.value;
    const content = await file.lastSeen();
    if (last?.content !== content) last = { content, value: parse(content.readable ? content.text : '') };
    return last.value;
  };
}

/** The addresses of the first of `families` that has any; undefined for a name that the file does not have. */
function addressesInHosts(hosts: HostsTable, host: string, families: readonly (4 | 6)[]): FoundAddresses | undefined {
  const entries = hosts.get(hostsKey(host));
  if (entries === undefined) return undefined;
  for (const family of families) {
    const addresses = entries.filter((entry) => entry.family === family).map(({ text }) => text);
    if (addresses.length > 0) return { addresses, aliases: [] };
  }
  throw new ResolveError('dns_no_suitable_address', `address ${host}: no suitable address found`);
}
