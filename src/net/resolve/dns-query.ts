import { promises as dns } from 'node:dns';

/** One question to one server. */
export interface DnsQuestion {
  /** `address:port` */
  readonly server: string;
  /** Absolute, with the final dot. */
  readonly name: string;
  readonly family: 4 | 6;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** How many idle c-ares channels are kept a server and timeout; more are made when more questions are under way. */
const MOST_IDLE = 16;

/**
 * Asks name servers through c-ares: no thread pool, and a question can be taken back without a trace. A channel can
 * only cancel all of its questions, so each question has a channel to itself; making one is expensive, so they are
 * kept.
 */
export class DnsChannels {
  readonly #idle = new Map<string, dns.Resolver[]>();

  /**
   * The addresses of the answer; rejects with Node's DNS error (`code` ENOTFOUND, ENODATA, …) or with the signal's
   * reason.
   */
  async ask(question: DnsQuestion): Promise<readonly string[]> {
    const { name, family, signal, server, timeoutSeconds } = question;
    signal.throwIfAborted();
    const key = `${server} ${timeoutSeconds}`;
    const idle = this.#idle.get(key)?.pop();
    if (idle !== undefined) forgetSpeed(idle, server);
    const channel = idle ?? openChannel(server, timeoutSeconds);
    const cancel = (): void => {
      channel.cancel();
    };
    signal.addEventListener('abort', cancel);
    try {
      return family === 4 ? await channel.resolve4(name) : await channel.resolve6(name);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#keep(key, channel);
    }
  }

  #keep(key: string, channel: dns.Resolver): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) this.#idle.set(key, [channel]);
    else if (idle.length < MOST_IDLE) idle.push(channel);
  }

  /** Drops the channels of servers that are not among `servers` any more. */
  retain(servers: readonly string[]): void {
    for (const key of this.#idle.keys()) {
      if (!servers.some((server) => key.startsWith(`${server} `))) this.#idle.delete(key);
    }
  }
}

function openChannel(server: string, timeoutSeconds: number): dns.Resolver {
  const channel = new dns.Resolver({ timeout: timeoutSeconds * 1000, tries: 1 });
  channel.setServers([server]);
  return channel;
}

/** A server that nobody asks. */
const NOBODY = '127.0.0.1:1';

/**
 * c-ares learns how fast a server is, and after a few answers gives up on one that takes a second more, whatever the
 * timeout says: a name server that has to ask others for some names would fail for these. It forgets a server that is
 * taken away. Costs some 6 µs.
 */
function forgetSpeed(channel: dns.Resolver, server: string): void {
  channel.setServers([NOBODY]);
  channel.setServers([server]);
}
