import type { HttpHeaders } from './http1/http-headers.js';
import type { ReadBody } from './http1/read-body.js';

/** The body of a request: bytes in memory, or a file that is read while it is sent. */
export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<Uint8Array> };

/** One request, over HTTP/1.1 or HTTP/2. */
export interface HttpRequest {
  readonly method: string;
  /** The request line's target: a path, or the whole URL where a proxy is asked (RFC 9112 §3.2). */
  readonly requestTarget: string;
  readonly scheme: 'http' | 'https';
  /** The value of the Host header or of `:authority`. */
  readonly authority: string;
  readonly userAgent?: string;
  /**
   * Canonical names, in the order in which they are sent; without Host, User-Agent, Content-Length and
   * Transfer-Encoding.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: RequestBody;
  /** Whether the server is not asked to close the connection behind its answer (HTTP/1.1 alone). */
  readonly staysOpen?: true;
}

/** The head of a response, and its body, which has not been read yet. */
export interface HttpResponse {
  /** `HTTP/1.1`, `HTTP/2.0`. */
  readonly version: string;
  readonly status: number;
  /** The reason phrase of HTTP/1, if there is one. */
  readonly reason?: string | undefined;
  readonly headers: HttpHeaders;
  /** The length of the body as sent, in bytes; -1 if unknown. */
  readonly contentLength: number;
  /** Rejects with the error of the socket, TruncatedBody, MalformedResponse, or the reason of the probe's signal. */
  readonly readBody: ReadBody;
}

/** One request on one connection of its own. */
export interface HttpExchange {
  /** Sends the request and waits for the first byte of the answer. */
  readonly send: (request: HttpRequest) => Promise<void>;
  /** The answer's head; interim answers (1xx) are passed over. */
  readonly receive: () => Promise<HttpResponse>;
  /** Ends the exchange and its connection, in any state. */
  readonly close: () => void;
}

/** Methods whose requests say `Content-Length: 0` when they have no body, as Go's client does. */
export const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
