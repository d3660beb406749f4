import type { LookupAddress } from 'node:dns';
import net, { type LookupFunction } from 'node:net';
import type { Destination, TargetPolicy } from '../probe/policy/target-policy.js';
import { asError } from '../values/as-error.js';
import { rememberTcpEnds } from './connection-ends.js';
import type { FoundAddresses } from './resolve/name-answer.js';

/** The requested destination, and the policy that decides whether it may be dialled. */
export interface Asked extends Pick<Destination, 'scheme' | 'host' | 'hostname' | 'source'> {
  readonly policy: TargetPolicy;
}

/** The destination of a TCP connection, and the signal that aborts connecting. */
export interface TcpDestination {
  /** An address, never a name; an IPv6 one may have a zone. */
  readonly address: string;
  readonly port: number;
  readonly asked: Asked;
  /** The source address; the system chooses if there is none. */
  readonly localAddress?: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a TCP connection, Nagle off. Rejects with a ProbeFailure if the policy denies the address, with the error of
 * the operating system, or with the signal's reason when that fires first; a socket that was not handed over is
 * destroyed. The caller owns the socket.
 */
export function connectTcp(to: TcpDestination): Promise<net.Socket> {
  const { address, port, asked, localAddress, signal } = to;
  try {
    const { scheme, host, hostname } = asked;
    asked.policy.assertMayDial({ scheme, host, port, hostname, source: localAddress }, address);
  } catch (error) {
    return Promise.reject(asError(error));
  }
  const family = address.includes(':') ? 6 : 4;
  const options: net.TcpNetConnectOpts = { host: address, port, family, noDelay: true, autoSelectFamily: false };
  if (localAddress !== undefined) options.localAddress = localAddress;
  return connected(
    signal,
    () => net.connect(options),
    (socket) => {
      rememberTcpEnds(socket, address, port);
    },
  );
}

/** A TCP connection to the first address of a name that answers. */
export interface NameDestination {
  readonly host: string;
  readonly port: number;
  readonly asked: Asked;
  /** The addresses of the name, of any family. Rejects with the error of the look-up. */
  readonly lookup: (name: string) => Promise<FoundAddresses>;
  readonly signal: AbortSignal;
}

/**
 * Opens a TCP connection to a name, whose addresses of both families are tried (RFC 8305), or to an address; all of
 * them, and the names that led to them, must be allowed. Rejects and hands over as connectTcp does.
 */
export async function connectByName(to: NameDestination): Promise<net.Socket> {
  const { host, port, asked, lookup, signal } = to;
  const destination = { ...asked, port };
  asked.policy.assertMayResolve(destination);
  if (net.isIP(host) !== 0) asked.policy.assertMayDial(destination, host);
  const judged = async (name: string): Promise<LookupAddress[]> => {
    const { addresses, aliases } = await lookup(name);
    for (const address of addresses) asked.policy.assertMayDial(destination, address, aliases);
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  const lookUp: LookupFunction = (name, _options, done) => {
    judged(name).then(
      (addresses) => {
        done(null, addresses);
      },
      (error: unknown) => {
        done(asError(error), []);
      },
    );
  };
  const options = { host, port, noDelay: true, autoSelectFamily: true, lookup: lookUp };
  return connected(
    signal,
    () => net.connect(options),
    (socket) => {
      rememberTcpEnds(socket, socket.remoteAddress ?? host, port);
    },
  );
}

/** Resolves with the socket when it is connected and has passed `note`; rejects as connectTcp does. */
export function connected(
  signal: AbortSignal,
  connect: () => net.Socket,
  note: (socket: net.Socket) => void,
): Promise<net.Socket> {
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
      note(socket);
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
