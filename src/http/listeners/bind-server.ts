import { once } from 'node:events';
import type net from 'node:net';
import { joinHostPort, parsePort, splitHostPort } from '../../net/host-port.js';
import { messageOf } from '../../values/as-error.js';
import { errnoText } from '../../values/go/errno-text.js';

/** The address to listen at, or an inherited socket. */
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
 * Makes a server listen: on `host:port`, `:port` (all addresses) or `[v6]:port`, or on a descriptor. Resolves to the
 * actual address (the path of a unix socket). Throws a ListenError.
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
    const why = messageOf(error);
    throw new ListenError(`listen tcp: ${why}`, { place, cause: error });
  }
}

/** Errors of bind(2), which Go's text names; Node's do not say which system call failed. */
const BIND_ERRORS: readonly string[] = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES'];

function listenProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND') return 'no such host';
  const text = BIND_ERRORS.includes(code) ? errnoText(error) : undefined;
  return text === undefined ? error.message : `bind: ${text}`;
}
