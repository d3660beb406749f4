import type { LookupAddress } from 'node:dns';
import { realpath } from 'node:fs/promises';
import net, { type LookupFunction } from 'node:net';
import { dirname, join, relative } from 'node:path';
import type { Destination, TargetPolicy } from '../probe/policy/target-policy.js';
import { asError } from '../values/as-error.js';
import { rememberTcpEnds, rememberUnixEnds } from './connection-ends.js';

/** What was asked for, and who says whether it may be dialled. */
export interface Asked extends Pick<Destination, 'scheme' | 'host' | 'hostname'> {
  readonly policy: TargetPolicy;
}

/** Where a TCP connection goes, and until when it is waited for. */
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
export async function connectTcp(to: TcpDestination): Promise<net.Socket> {
  const { address, port, asked, localAddress, signal } = to;
  asked.policy.assertMayDial({ ...asked, port }, address);
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
export async function connectUnix(
  path: string,
  { policy, signal }: { readonly policy: TargetPolicy; readonly signal: AbortSignal },
): Promise<net.Socket> {
  const dialled = policy.judgesPaths ? await realPathOf(path, policy) : path;
  policy.assertMayOpen(path, dialled);
  // A longer one would be cut, and what is then dialled is not what was judged.
  if (policy.judgesPaths && Buffer.byteLength(dialled) > LONGEST_PATH_BYTES) throw tooLong(path);
  const socket = await connected(signal, () => net.connect({ path: dialled }));
  rememberUnixEnds(socket, path);
  return socket;
}

/**
 * Where a path leads to by all links, so that this is judged and dialled. A path that leads nowhere is judged as it is,
 * so that the answer does not tell whether there is something.
 */
async function realPathOf(path: string, policy: TargetPolicy): Promise<string> {
  if (path.startsWith('\0')) return path;
  try {
    return await realpath(path);
  } catch (error) {
    policy.assertMayOpen(path, path);
    policy.assertMayOpen(path, await nearestPathOf(path));
    throw error;
  }
}

/** Where a path that leads nowhere would lead: the nearest folder above it that there is, with the rest of the path. */
async function nearestPathOf(path: string): Promise<string> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return join(real, relative(folder, path));
  }
  return path;
}

/** The size of `sun_path`, without the zero at its end (unix(7)). */
const LONGEST_PATH_BYTES = 107;

function tooLong(path: string): Error {
  return Object.assign(new Error(`connect ENAMETOOLONG ${path}`), { code: 'ENAMETOOLONG', syscall: 'connect' });
}

/** A TCP connection to the first address of a name that answers. */
export interface NameDestination {
  readonly host: string;
  readonly port: number;
  readonly asked: Asked;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/**
 * Opens a TCP connection to a name, whose addresses of both families are tried (RFC 8305), or to an address; all of
 * them must be allowed. Rejects and hands over as connectTcp does.
 */
export async function connectByName(to: NameDestination): Promise<net.Socket> {
  const { host, port, asked, lookup, signal } = to;
  const destination = { ...asked, port };
  asked.policy.assertMayResolve(destination);
  if (net.isIP(host) !== 0) asked.policy.assertMayDial(destination, host);
  const judged: LookupFunction = (name, options, done) => {
    lookup(name, options, (error, addresses, family) => {
      const denial =
        error === null ? firstDenial(addresses, (each) => asked.policy.assertMayDial(destination, each)) : error;
      done(denial, addresses, family);
    });
  };
  const options = { host, port, noDelay: true, autoSelectFamily: true, lookup: judged };
  const socket = await connected(signal, () => net.connect(options));
  rememberTcpEnds(socket, socket.remoteAddress ?? host, port);
  return socket;
}

function firstDenial(found: string | readonly LookupAddress[], judge: (address: string) => void): Error | null {
  try {
    if (typeof found === 'string') judge(found);
    else for (const { address } of found) judge(address);
    return null;
  } catch (error) {
    return asError(error);
  }
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
