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
