import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { joinHostPort, parsePort, splitHostPort } from '../net/host-port.js';

/**
 * How long the server waits for whom, in milliseconds. A scraper sends a request in one packet, so anything slower is an attack or a mistake.
 * Idle connections are kept longer than Prometheus keeps its own (five minutes): the side that scrapes should be the one that closes,
 * and no scrape interval in use pays for a new connection each time.
 */
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 310_000,
  connectionsCheckingInterval: 5_000,
  // A target with a long query comes percent-encoded in one line of the header.
  maxHeaderSize: 64 * 1024,
} as const;

/** The servers of all listen addresses, with one handler. */
export class HttpServer {
  readonly #handler: RequestListener;
  readonly #servers: Server[] = [];
  readonly #answering = new Set<ServerResponse>();
  #stopping = false;

  constructor(handler: RequestListener) {
    this.#handler = handler;
  }

  /** Listens on `host:port`, `:port` (all addresses) or `[v6]:port`; resolves to the address as it is, throws an Error in Go's words. */
  async listen(address: string): Promise<string> {
    const { host, port } = parseListenAddress(address);
    const server = createServer(SERVER_OPTIONS, (request, response) => {
      this.#handle(request, response);
    });
    try {
      server.listen({ port, ...(host !== '' && { host }) });
      await once(server, 'listening');
    } catch (error) {
      throw new Error(`listen tcp ${address}: ${listenProblem(error)}`, { cause: error });
    }
    this.#servers.push(server);
    // A listening server has the address of its socket, never the name of a pipe.
    const bound = server.address() as AddressInfo;
    return joinHostPort(bound.address, bound.port);
  }

  /** Accepts no more connections; resolves when every request that is being answered has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const response of this.#answering) response.shouldKeepAlive = false;
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = once(server, 'close');
        server.close();
        server.closeIdleConnections();
        await closed;
      }),
    );
  }

  /** Cuts all connections. */
  cut(): void {
    for (const server of this.#servers) server.closeAllConnections();
  }

  #handle(...[request, response]: Parameters<RequestListener>): void {
    if (this.#stopping) response.shouldKeepAlive = false;
    this.#answering.add(response);
    response.once('close', () => this.#answering.delete(response));
    this.#handler(request, response);
  }
}

function parseListenAddress(address: string): { host: string; port: number } {
  try {
    const { host, port } = splitHostPort(address);
    return { host, port: parsePort(port) };
  } catch (error) {
    throw new Error(`listen tcp: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  EACCES: 'bind: permission denied',
  ENOTFOUND: 'no such host',
};

function listenProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return LISTEN_PROBLEMS[code] ?? error.message;
}
