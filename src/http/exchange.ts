import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { ProbeEnd } from '../probe/probe-abort.js';

/**
 * The part of a request that routes may use: the members that node:http and the compatibility API of node:http2 share.
 */
export interface WebRequest extends Readable {
  readonly method?: string | undefined;
  url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
    readonly encrypted?: boolean;
    /** Whether the client has closed its side of the connection; it may still want its answer. */
    readonly readableEnded?: boolean;
  };
}

/** The event of a response over plain HTTP/1.1 whose client closes its side of the connection. */
export const SAYS_NO_MORE = 'saysNoMore';

/**
 * The part of a response that routes may use, over HTTP/1.1 or HTTP/2. Connections belong to the server, not to routes.
 */
export interface WebResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  setHeader: (name: string, value: string) => unknown;
  writeHead: (status: number, headers: OutgoingHttpHeaders) => unknown;
  /** Whether more may be written at once; otherwise wait for `drain`. */
  write: (chunk: string | Uint8Array) => boolean;
  end: (body: string | Uint8Array, encoding: BufferEncoding) => unknown;
  /** Cuts the answer off. */
  destroy: () => unknown;
  once: (event: 'close' | 'drain', listener: () => void) => unknown;
  /** Also for the event that comes once anyway: Node wraps each listener of `once`, and takes it out again. */
  on: (event: 'close' | 'drain' | typeof SAYS_NO_MORE, listener: () => void) => unknown;
}

/** Takes every request that comes in. */
export type WebHandler = (request: WebRequest, response: WebResponse) => void;

/** One request and the answer to it. `query` is as it came, without the question mark. */
export interface Exchange {
  readonly request: WebRequest;
  readonly response: WebResponse;
  readonly query: string;
}

/** Answers a request; throws an HttpError for an answer that says what is wrong with it. */
export type Route = (exchange: Exchange) => void | Promise<void>;

/**
 * Cuts the answer off when its client closes its side of the connection, or if it has done that already. For long work:
 * who leaves does the same, and the work would go on for nobody.
 */
export function cutWhenClientCloses({ request, response }: Pick<Exchange, 'request' | 'response'>): void {
  if (response.destroyed) return;
  if (request.socket.readableEnded === true) response.destroy();
  response.on(SAYS_NO_MORE, () => {
    response.destroy();
  });
}

/** Cancelled when the client goes away before it has its answer, or has gone already. */
export function endWhenClientLeaves(exchange: Pick<Exchange, 'request' | 'response'>): ProbeEnd {
  cutWhenClientCloses(exchange);
  const { response } = exchange;
  const end = new ProbeEnd();
  // Its `close` has been.
  if (response.destroyed) end.cancel();
  response.on('close', () => {
    if (!response.writableFinished) end.cancel();
  });
  return end;
}
