import type { Clock } from '../values/clock.js';

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

export interface Resolver {
  /**
   * The addresses of `host` in one family, at least one, in the order of the answer.
   * Rejects with a ResolveError, or with the signal's reason. `host` is a name, not an address.
   */
  readonly lookup: (host: string, family: 4 | 6, signal: AbortSignal) => Promise<readonly string[]>;
}

export interface SystemResolverOptions {
  readonly hostsFile: string;
  readonly resolvConfFile: string;
  readonly clock: Clock;
  /** Instead of the `nameserver` lines, which cannot name a port: `address:port`. */
  readonly servers?: readonly string[];
}
