import { once } from 'node:events';
import type net from 'node:net';
import { joinHostPort, parsePort, splitHostPort } from '../../net/host-port.js';

/** Where to listen: at an address, or on a socket that somebody else has made. */
export type ListenPlace = string | { readonly descriptor: number };

/** A place to listen that cannot be had; the message is in Go's words. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly place: ListenPlace;

  constructor(message: string, { place, cause }: { readonly place: ListenPlace; readonly cause: unknown }) {
    super(message, { cause });
    this.place = place;
  }
}

/**
 * Makes a server listen: on `host:port`, `:port` (all addresses) or `[v6]:port`, or on a descriptor. Resolves to the address as it is (the path
 * of a unix socket), throws a ListenError.
 */
export async function bindServer(server: net.Server, place: ListenPlace): Promise<string> {
  const options = listenOptions(place);
  try {
    server.listen(options);
    await once(server, 'listening');
  } catch (error) {
    const where = typeof place === 'string' ? `tcp ${place}` : `file descriptor ${place.descriptor}`;
    throw new ListenError(`listen ${where}: ${listenProblem(error)}`, { place, cause: error });
  }
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? joinHostPort(bound.address, bound.port) : (bound ?? '');
}

/** Node's types have no descriptor among the options, but its documentation has. */
type BindOptions = net.ListenOptions & { readonly fd?: number };

function listenOptions(place: ListenPlace): BindOptions {
  if (typeof place !== 'string') return { fd: place.descriptor };
  try {
    const { host, port } = splitHostPort(place);
    return { port: parsePort(port), ...(host !== '' && { host }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ListenError(`listen tcp: ${why}`, { place, cause: error });
  }
}

const LISTEN_PROBLEMS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    EADDRINUSE: 'bind: address already in use',
    EADDRNOTAVAIL: 'bind: cannot assign requested address',
    EACCES: 'bind: permission denied',
    ENOTFOUND: 'no such host',
  }),
);

function listenProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return LISTEN_PROBLEMS.get(code) ?? error.message;
}
