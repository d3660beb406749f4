import { codeOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';
import { createInbox, IcmpChannel, type Inbox } from './icmp-channel.js';
import type { IcmpAddon, IcmpAddonOrNot, SocketOptions } from './icmp-native.js';

/** How a probe wants its socket; which kind of socket it is depends on what the system allows. */
export type ChannelOptions = Omit<SocketOptions, 'raw'>;

interface Shared {
  readonly channel: IcmpChannel;
  users: number;
}

/** A channel that is in use; `release` has to be called once. */
export interface Lease {
  readonly channel: IcmpChannel;
  readonly release: () => void;
}

/**
 * The sockets of all ICMP probes of a thread: one for each set of options, opened by the first probe that needs it and
 * closed by the last. A raw socket of its own for each probe would see the replies of all others: the work would grow
 * with the square of the probes.
 */
export class IcmpSockets {
  readonly #addonOrNot: IcmpAddonOrNot;
  readonly #shared = new Map<string, Shared>();
  #inbox: Inbox | undefined;

  constructor(addonOrNot: IcmpAddonOrNot) {
    this.#addonOrNot = addonOrNot;
  }

  /** How many sockets are open. */
  get open(): number {
    return this.#shared.size;
  }

  /**
   * A socket with these options. Throws ProbeFailure of phase `setup` where there is no addon, else the error of the
   * operating system.
   */
  lease(options: ChannelOptions): Lease {
    const { family, ttl, dontFragment, source } = options;
    const key = `${family} ${ttl} ${dontFragment} ${source}`;
    let shared = this.#shared.get(key);
    if (shared === undefined) this.#shared.set(key, (shared = { channel: this.#openEither(options), users: 0 }));
    const { channel } = shared;
    shared.users++;
    return {
      channel,
      release: () => {
        if (--shared.users > 0) return;
        this.#shared.delete(key);
        channel.close();
      },
    };
  }

  /** Opens and closes a socket of one kind: the error that this gives, undefined if it can be had. */
  tryToOpen(options: SocketOptions): Error | undefined {
    try {
      new IcmpChannel(this.#addon(), options, this.#ensureInbox()).close();
      return undefined;
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  /** Datagram sockets first: they need no privileges, and the kernel shows them nothing but their own replies. */
  #openEither(options: ChannelOptions): IcmpChannel {
    const addon = this.#addon();
    const inbox = this.#ensureInbox();
    try {
      return new IcmpChannel(addon, { ...options, raw: false }, inbox);
    } catch (error) {
      if (!isNoKindOfSocket(error)) throw error;
    }
    return new IcmpChannel(addon, { ...options, raw: true }, inbox);
  }

  #addon(): IcmpAddon {
    if ('addon' in this.#addonOrNot) return this.#addonOrNot.addon;
    throw new ProbeFailure('setup', 'icmp_addon_missing', 'Error listening to socket', {
      err: `the ICMP addon is missing: ${this.#addonOrNot.missing}`,
    });
  }

  #ensureInbox(): Inbox {
    return (this.#inbox ??= createInbox());
  }
}

/** Whether the system refuses this kind of socket, so that the other kind is worth a try. */
function isNoKindOfSocket(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EACCES' || code === 'EPERM' || code === 'EPROTONOSUPPORT' || code === 'ESOCKTNOSUPPORT';
}
