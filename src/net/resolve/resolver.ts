import { type FileContent, WatchedFile } from '../../files/watched-file.js';
import { codeOf, textOf } from '../../probe/error-text.js';
import type { Clock } from '../../values/clock.js';
import { DnsChannels } from './dns-query.js';
import { hostsKey, type HostsTable, parseHosts } from './hosts-file.js';
import { candidateNames, parseResolvConf, type ResolvConf } from './resolv-conf.js';

/** Why a look-up gave no address. */
export type ResolveFailureReason =
  'dns_no_such_host' | 'dns_no_suitable_address' | 'dns_server_failure' | 'dns_timeout';

/** A look-up that gave no address; the message is in Go's words, such as `lookup x: no such host`. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';
  readonly reason: ResolveFailureReason;

  constructor(reason: ResolveFailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Looks up the addresses of names. */
export interface Resolver {
  /**
   * The addresses of `host` in one family, at least one, in the order of the answer.
   * Rejects with a ResolveError, or with the signal's reason. `host` is a name, not an address.
   */
  readonly lookup: (host: string, family: 4 | 6, signal: AbortSignal) => Promise<readonly string[]>;
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
  const watch = (path: string): WatchedFile =>
    new WatchedFile(path, { clock: options.clock, checkSeconds: CHECK_SECONDS });
  const hosts = parsed(watch(options.hostsFile), parseHosts);
  const resolvConf = parsed(watch(options.resolvConfFile), parseResolvConf);
  const channels = new DnsChannels();
  let lastConf: ResolvConf | undefined;

  return {
    prepare: async () => {
      await Promise.all([hosts(), resolvConf()]);
    },
    lookup: async (host, family, signal) => {
      const known = addressesInHosts(await hosts(), host, family);
      if (known !== undefined) return known;
      const conf = await resolvConf();
      const servers = options.servers ?? conf.servers;
      if (conf !== lastConf) channels.retain(servers);
      lastConf = conf;
      return lookUpInDns(host, family, { ...conf, servers, channels, signal });
    },
  };
}

/** Parses a file again only after it has changed. A file that cannot be read counts as empty, as in Go. */
function parsed<T>(file: WatchedFile, parse: (text: string) => T): () => Promise<T> {
  let last: { content: FileContent; value: T } | undefined;
  return async () => {
    const content = await file.lastSeen();
    if (last?.content !== content) last = { content, value: parse(content.readable ? content.text : '') };
    return last.value;
  };
}

function addressesInHosts(hosts: HostsTable, host: string, family: 4 | 6): readonly string[] | undefined {
  const entries = hosts.get(hostsKey(host));
  if (entries === undefined) return undefined;
  const addresses = entries.filter((entry) => entry.family === family).map(({ text }) => text);
  if (addresses.length > 0) return addresses;
  throw new ResolveError('dns_no_suitable_address', `address ${host}: no suitable address found`);
}

interface DnsLookup extends ResolvConf {
  readonly channels: DnsChannels;
  readonly signal: AbortSignal;
}

/**
 * Tries the names of the search list one after the other. If all fail, it rejects with the first failure for the name
 * as given.
 */
async function lookUpInDns(host: string, family: 4 | 6, lookup: DnsLookup): Promise<readonly string[]> {
  let failure: ResolveError | undefined;
  for (const name of candidateNames(host, lookup)) {
    const answer = await askServers(name, family, { ...lookup, host });
    if (!(answer instanceof ResolveError)) return answer;
    if (failure === undefined || name !== `${host}.`) failure = answer;
  }
  throw failure ?? new ResolveError('dns_no_such_host', `lookup ${host}: no such host`);
}

/**
 * Asks every server for one name, up to `attempts` times. The next server is only asked if one does not answer
 * properly.
 */
async function askServers(
  name: string,
  family: 4 | 6,
  lookup: DnsLookup & { readonly host: string },
): Promise<readonly string[] | ResolveError> {
  const { host, servers, attempts, timeoutSeconds, channels, signal } = lookup;
  let failure = new ResolveError('dns_server_failure', `lookup ${host}: no name servers`);
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const server of servers) {
      try {
        const addresses = await channels.ask({ server, name, family, timeoutSeconds, signal });
        // An alias that leads nowhere: the answer has a CNAME and no address.
        return addresses.length > 0 ? addresses : explain('ENODATA', { host, server, text: '' });
      } catch (error) {
        signal.throwIfAborted();
        const code = codeOf(error);
        if (code === undefined) throw error;
        failure = explain(code, { host, server, text: textOf(error) });
        if (failure.reason === 'dns_no_such_host' || failure.reason === 'dns_no_suitable_address') return failure;
      }
    }
  }
  return failure;
}

/** c-ares' error codes in the words of Go's resolver. */
function explain(code: string, { host, server, text }: { host: string; server: string; text: string }): ResolveError {
  const where = `lookup ${host} on ${server}`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EBADNAME':
      return new ResolveError('dns_no_such_host', `${where}: no such host`);
    case 'ENODATA':
      return new ResolveError('dns_no_suitable_address', `${where}: no such host`);
    case 'ETIMEOUT':
      return new ResolveError('dns_timeout', `${where}: i/o timeout`);
    case 'ECONNREFUSED':
      return new ResolveError('dns_server_failure', `${where}: connection refused`);
    case 'ESERVFAIL':
    case 'EREFUSED':
    case 'EFORMERR':
    case 'ENOTIMP':
      return new ResolveError('dns_server_failure', `${where}: server misbehaving`);
    default:
      return new ResolveError('dns_server_failure', `${where}: ${text}`);
  }
}
