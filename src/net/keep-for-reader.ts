import type { Duplex } from 'node:stream';

/** The error that waits for whoever reads next, behind the data that came before it. */
const KEPT = Symbol('kept');

type Kept = Duplex & { [KEPT]?: Error };

/**
 * A listener for `error` of a TLS connection that nobody reads yet: whoever reads it next finds the error there.
 * Node emits the alert of a server, and does not destroy the socket with it: it would be lost, and the end behind it
 * all that a later reader finds.
 */
export function keepForReader(this: Kept, error: Error): void {
  if (this.errored !== null || this[KEPT] !== undefined || this.listenerCount('data') > 0) return;
  if (this.readableLength === 0) {
    this.destroy(error);
    return;
  }
  // What the server said before is read first.
  this[KEPT] = error;
  this.prependOnceListener('end', () => this.emit('error', error));
}

/** The error that was kept for the reader of what has not been read; undefined if there is none. */
export function keptError(socket: Duplex): Error | undefined {
  return (socket as Kept)[KEPT];
}

/** Ends what can be read of a connection with an error. Somebody may begin to read it only after this turn. */
export function endReading(socket: Duplex, error: Error): void {
  socket.on('error', keepForReader);
  socket.emit('error', error);
  // Where nobody reads yet, the error comes behind what is there.
  if (keptError(socket) !== undefined) socket.push(null);
}
