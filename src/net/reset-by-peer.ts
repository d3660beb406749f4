import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { codeOf } from '../probe/error-text.js';

/** The TCP connection under a TLS one. */
const CARRIER = Symbol('carrier');

type Carried = net.Socket & { [CARRIER]?: net.Socket };

/** Remembers what carries a TLS connection, whose own writes do not tell. */
export function rememberCarrier(secured: net.Socket, carrier: net.Socket): void {
  (secured as Carried)[CARRIER] = carrier;
}

/**
 * Finds out whether a connection that has ended was reset. Where data and a reset come together, the libuv of Node 20
 * (1.46) takes the reset for an end, and the error waits in the kernel. A write of no bytes fetches it, and sends
 * nothing. To be called within the event `end`: afterwards Node may close the connection. `done` gets the error of a
 * reset. Nothing is asked while data wait to be sent, since they would come first.
 */
export function askForReset(socket: Duplex, done: (reset?: Error) => void): void {
  const carrier = carrierOf(socket);
  if (carrier === undefined || socket.writableLength > 0 || carrier.writableLength > 0 || !carrier.writable) {
    done();
    return;
  }
  carrier.once('error', ignore);
  // Node replaces `write` of a socket whose peer has ended.
  net.Socket.prototype.write.call(carrier, '', 'latin1', (error) => {
    // The caller reads, so the error names reading.
    if (error && codeOf(error) === 'ECONNRESET') done(Object.assign(error, { syscall: 'read' }));
    else done();
  });
}

/** The TCP connection below TLS, which may be within TLS again: that of a proxy. */
function carrierOf(socket: Duplex): net.Socket | undefined {
  let carrier: Duplex | undefined = socket;
  while (carrier instanceof tls.TLSSocket) carrier = (carrier as Carried)[CARRIER];
  return carrier instanceof net.Socket ? carrier : undefined;
}

function ignore(): void {
  // The callback has it.
}
