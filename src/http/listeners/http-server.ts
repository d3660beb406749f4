import type { Socket } from 'node:net';
import type { WebHandler } from '../exchange.js';
import { refuseForeignPages } from '../routes/foreign-pages.js';
import { bindServer, type ListenPlace } from './bind-server.js';
import { type Listener, plainListener } from './listener.js';
import { tlsListener, type TlsSide } from './tls-listener.js';

/** The access rules of the web config file. */
export interface WebAccess {
  /** Undefined: plain HTTP. */
  readonly tls: TlsSide | undefined;
  /** Puts what every request has to pass before a handler. */
  readonly gate: (handler: WebHandler) => WebHandler;
}

/** Plain HTTP for all clients: the access rules of a service without web config file. */
export const OPEN_ACCESS: WebAccess = { tls: undefined, gate: (handler) => handler };

/** Looks at each connection that comes. */
export type ConnectionWatch = (socket: Socket) => void;

/**
 * The servers of all listen addresses, with one handler. Pages of other sites than the one at `externalUrl` cannot
 * change anything.
 */
export class HttpServer {
  readonly #handler: WebHandler;
  readonly #listeners: Listener[] = [];

  constructor(handler: WebHandler, { externalUrl }: { readonly externalUrl: string }) {
    this.#handler = refuseForeignPages(handler, externalUrl);
  }

  /** Listens at one more place; resolves to the address as it is, throws an Error in Go's words. */
  async listen(place: ListenPlace, access = OPEN_ACCESS, watch?: ConnectionWatch): Promise<string> {
    const { tls, gate } = access;
    const handler = gate(this.#handler);
    const listener = tls === undefined ? plainListener(handler) : tlsListener(handler, tls);
    if (watch !== undefined) listener.server.on('connection', watch);
    const address = await bindServer(listener.server, place);
    this.#listeners.push(listener);
    // The gate tells connections by their addresses, which those of unix sockets do not have. Node knows no path of a
    // socket that it was given.
    const bound = listener.server.address();
    if (tls !== undefined && (bound === null || typeof bound === 'string')) {
      throw new Error('cannot serve TLS on a unix socket: use a TCP socket, or no tls_server_config');
    }
    return address;
  }

  /** Accepts no more connections; resolves when every request that is being answered has its answer. */
  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  /** Cuts all connections. */
  cut(): void {
    for (const listener of this.#listeners) listener.cut();
  }
}
