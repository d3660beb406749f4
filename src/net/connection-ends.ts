import type net from 'node:net';
import { nameConnection } from '../probe/error-text.js';
import { joinHostPort } from './host-port.js';

/** Both ends of a connection in Go's words, by its socket: `tcp 127.0.0.1:40000->127.0.0.1:80`. */
const ENDS = new WeakMap<net.Socket, string>();

/**
 * Remembers the ends of a connected socket, which a failing one does not know any more, and names them in its errors.
 */
export function rememberTcpEnds(socket: net.Socket, remoteAddress: string, remotePort: number): void {
  const { localAddress = '', localPort = 0 } = socket;
  remember(socket, `tcp ${joinHostPort(localAddress, localPort)}->${joinHostPort(remoteAddress, remotePort)}`);
}

/** Notes the ends of a connection to a unix socket, in Go's words. The path of an abstract socket begins with a NUL. */
export function rememberUnixEnds(socket: net.Socket, path: string): void {
  remember(socket, `unix @->${path.replace('\0', '@')}`);
}

function remember(socket: net.Socket, ends: string): void {
  ENDS.set(socket, ends);
  namesEnds(socket, ends);
}

/** For a socket that wraps a connected one: its errors name the same ends. */
export function inheritEnds(wrapped: net.Socket, socket: net.Socket): void {
  const ends = ENDS.get(socket);
  if (ends !== undefined) remember(wrapped, ends);
}

/** The first to hear of an error, whoever else listens. */
function namesEnds(socket: net.Socket, ends: string): void {
  socket.on('error', (error) => {
    nameConnection(error, ends);
  });
}
