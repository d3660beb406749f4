import type net from 'node:net';
import { nameConnection } from '../probe/error-text.js';
import { joinHostPort } from './host-port.js';

/**
 * Both ends of a connection in Go's words: `tcp 127.0.0.1:40000->127.0.0.1:80`. A property of the socket: a weak map of
 * all sockets would be gone through by every garbage collection.
 */
const ENDS = Symbol('ends');

type WithEnds = net.Socket & { [ENDS]?: string };

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

/** Go's error for a read that timed out; undefined if the ends of the socket are unknown. */
export function readTimedOut(socket: net.Socket): string | undefined {
  const ends = (socket as WithEnds)[ENDS];
  return ends === undefined ? undefined : `read ${ends}: i/o timeout`;
}

/** Go's error for a dial that timed out. */
export function dialTimedOut(address: string, port: number): string {
  return `dial tcp ${joinHostPort(address, port)}: i/o timeout`;
}

function remember(socket: net.Socket, ends: string): void {
  (socket as WithEnds)[ENDS] = ends;
  namesEnds(socket, ends);
}

/** Gives a socket that wraps a connected one the same ends for its errors. */
export function inheritEnds(wrapped: net.Socket, socket: net.Socket): void {
  const ends = (socket as WithEnds)[ENDS];
  if (ends !== undefined) remember(wrapped, ends);
}

/** Adds the ends of the connection to its errors. It must be the first listener for them. */
function namesEnds(socket: net.Socket, ends: string): void {
  socket.on('error', (error) => {
    nameConnection(error, ends);
  });
}
