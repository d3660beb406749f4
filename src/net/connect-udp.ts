import dgram from 'node:dgram';
import { asError } from '../values/as-error.js';
import type { Asked } from './connect.js';

/** The destination of datagrams, and the signal that ends the wait for a socket. */
export interface UdpDestination {
  /** An address, never a name; an IPv6 one may have a zone. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly asked: Asked;
  /** Undefined if the system chooses. */
  readonly localAddress: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens a UDP socket of its own, with a random port, that is connected to the address: the system drops datagrams of
 * others. Rejects with a ProbeFailure if the policy denies the address, with the error of the operating system, or with
 * the signal's reason; then the socket is closed. The caller owns the socket.
 */
export async function connectUdp(to: UdpDestination): Promise<dgram.Socket> {
  const { address, family, port, asked, signal } = to;
  const { scheme, host, hostname } = asked;
  asked.policy.assertMayDial({ scheme, host, port, hostname, source: to.localAddress }, address);
  const socket = dgram.createSocket({ type: family === 4 ? 'udp4' : 'udp6', lookup: noLookup });
  try {
    await abortable<undefined>(signal, (resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(undefined);
      });
      if (to.localAddress !== undefined) socket.bind({ address: to.localAddress, port: 0, exclusive: true });
      socket.connect(port, address);
    });
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** All addresses are numeric. Node's own look-up would use its resolver and wait for the next tick. */
function noLookup(
  host: string,
  _family: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, host, host.includes(':') ? 6 : 4);
}

/** Returns a promise that also rejects when the signal is aborted; `start` may throw. */
export function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(asError(signal.reason));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const done = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    start(
      (value) => {
        done();
        resolve(value);
      },
      (error) => {
        done();
        reject(asError(error));
      },
    );
  });
}
