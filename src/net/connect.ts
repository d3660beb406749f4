import net from 'node:net';
import { asError } from '../values/as-error.js';
import { rememberTcpEnds, rememberUnixEnds } from './connection-ends.js';

/** Where a TCP connection goes, and until when it is waited for. */
export interface TcpDestination {
  /** An address, never a name; an IPv6 one may have a zone. */
  readonly address: string;
  readonly port: number;
  /** The source address; the system chooses if there is none. */
  readonly localAddress?: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a TCP connection, Nagle off. Rejects with the error of the operating system, or with the signal's reason when
 * that fires first; a socket that was not handed over is destroyed. The caller owns the socket.
 */
export async function connectTcp(to: TcpDestination): Promise<net.Socket> {
  const { address, port, localAddress, signal } = to;
  const family = address.includes(':') ? 6 : 4;
  const options: net.TcpNetConnectOpts = { host: address, port, family, noDelay: true, autoSelectFamily: false };
  if (localAddress !== undefined) options.localAddress = localAddress;
  const socket = await connected(signal, () => net.connect(options));
  rememberTcpEnds(socket, address, port);
  return socket;
}

/**
 * Connects to a unix socket, an abstract one if `path` begins with a NUL; rejects and hands over as connectTcp does.
 */
export async function connectUnix(path: string, signal: AbortSignal): Promise<net.Socket> {
  const socket = await connected(signal, () => net.connect({ path }));
  rememberUnixEnds(socket, path);
  return socket;
}

function connected(signal: AbortSignal, connect: () => net.Socket): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(asError(signal.reason));
      return;
    }
    const socket = connect();
    const onAbort = (): void => {
      // There is no 'connect' after this.
      socket.destroy();
      reject(asError(signal.reason));
    };
    const onConnect = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      resolve(socket);
    };
    const onError = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    socket.on('connect', onConnect);
    socket.on('error', onError);
    signal.addEventListener('abort', onAbort);
  });
}
