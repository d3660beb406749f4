import type { Socket } from 'node:net';
import { SocketReader } from '../../net/socket-reader.js';
import { ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';

/**
 * Talks to a proxy over a connected socket until that leads to the target. Bytes that came after the talk are given
 * back to the socket. Rejects with a ProbeFailure of the phase proxy, and destroys the socket then.
 */
export async function proxyDialogue<S extends Socket>(
  socket: S,
  signal: AbortSignal,
  talk: (reader: SocketReader) => Promise<void>,
): Promise<S> {
  const reader = new SocketReader(socket, signal);
  try {
    await talk(reader);
  } catch (error) {
    reader.release();
    socket.destroy();
    throw stepFailure(error, { phase: 'proxy', signal, message: 'Error for HTTP request' });
  }
  const early = reader.release();
  if (early.length > 0) socket.unshift(early);
  return socket;
}

/** The next bytes of the proxy's answer; rejects if it has hung up. */
export async function readOn(reader: SocketReader): Promise<Buffer> {
  const chunk = await reader.read();
  if (chunk !== undefined) return chunk;
  throw proxyHungUp();
}

/** Returns the failure of a probe whose proxy closed the connection before it had answered. */
export function proxyHungUp(): ProbeFailure {
  return new ProbeFailure('proxy', 'connection_closed', 'Error for HTTP request', { err: 'unexpected EOF' });
}

/** The proxy answered, but not with a tunnel. */
export function proxyRefused(err: string): ProbeFailure {
  return new ProbeFailure('proxy', 'proxy_refused', 'Error for HTTP request', { err });
}
