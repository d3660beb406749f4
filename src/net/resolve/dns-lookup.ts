import { loopTurns } from '../../values/loop-turns.js';
import { WireError } from '../dns/dns-format.js';
import type { FoundAddresses } from './name-answer.js';
import { askNameServer, type AskOptions, type NameQuestion, nameQuestion, type ServerAnswer } from './name-server.js';
import { candidateNames, type ResolvConf } from './resolv-conf.js';
import { ResolveError } from './resolve-error.js';

/** A name that is asked for, absolute, in one family. */
export interface Wanted {
  readonly name: string;
  readonly family: 4 | 6;
}

/** How a name is looked up in DNS. */
export interface DnsLookup {
  /** As it was given, for errors. */
  readonly host: string;
  readonly conf: ResolvConf;
  readonly ask: Omit<AskOptions, 'signal'>;
  /** The servers in the order in which they are to be asked this time. */
  readonly order: () => readonly string[];
}

/**
 * Looks up one after the other the names that `host` may mean, by the search list. If all fail, it rejects with the
 * failure for the name as given, else with the first one.
 */
export async function lookUpCandidates(
  { host, conf }: Pick<DnsLookup, 'host' | 'conf'>,
  lookUp: (name: string) => Promise<FoundAddresses>,
): Promise<FoundAddresses> {
  let failure: ResolveError | undefined;
  for (const name of candidateNames(host, conf)) {
    try {
      return await lookUp(name);
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error;
      if (failure === undefined || name === `${host}.`) failure = error;
    }
  }
  throw failure ?? new ResolveError('dns_no_such_host', `lookup ${host}: no such host`);
}

/**
 * Asks every server for one name, up to `attempts` times; the next one is only asked if one does not answer properly.
 * Rejects with a ResolveError, or with the signal's reason.
 */
export async function askServers(wanted: Wanted, lookup: DnsLookup, signal: AbortSignal): Promise<FoundAddresses> {
  const { host, conf, ask } = lookup;
  const question = questionFor(wanted, lookup);
  const servers = lookup.order();
  let failure: ResolveError | undefined;
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    for (const server of servers) {
      // Servers that refuse at once would keep hundreds of look-ups at it, each as often as `attempts` says.
      if (loopTurns.isOver()) await loopTurns.next();
      const answer = await askNameServer(server, question, { ...ask, signal });
      if (answer.kind === 'addresses') return answer;
      failure = explain(answer, `lookup ${host} on ${server}`);
      if (answer.kind === 'nothing') throw failure;
    }
  }
  throw failure ?? new ResolveError('dns_server_failure', `lookup ${host}: no name servers`);
}

/** A suffix of the search list may be no name. */
function questionFor({ name, family }: Wanted, { host, conf }: DnsLookup): NameQuestion {
  try {
    return nameQuestion(name, family, conf.trustAd);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ResolveError('dns_no_such_host', `lookup ${host}: cannot marshal DNS message`);
  }
}

/** In the words of Go's resolver. */
function explain(answer: Exclude<ServerAnswer, { readonly kind: 'addresses' }>, where: string): ResolveError {
  switch (answer.kind) {
    case 'nothing': {
      const reason = answer.isNameKnown ? 'dns_no_suitable_address' : 'dns_no_such_host';
      return new ResolveError(reason, `${where}: no such host`);
    }
    case 'late':
      return new ResolveError('dns_timeout', `${where}: i/o timeout`);
    case 'useless':
      return new ResolveError('dns_server_failure', `${where}: ${answer.why}`);
  }
}
