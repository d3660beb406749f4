import type { Duplex } from 'node:stream';

/**
 * A listener for `error` of a TLS connection that nobody reads yet: whoever reads it next finds the error there.
 * Node emits the alert of a server, and does not destroy the socket with it: it would be lost, and the end behind it
 * all that a later reader finds.
 */
export function keepForReader(this: Duplex, error: Error): void {
  if (this.errored !== null || this.listenerCount('data') > 0) return;
  if (this.readableLength === 0) this.destroy(error);
  // What the server said before is read first.
  else this.prependOnceListener('end', () => this.emit('error', error));
}
