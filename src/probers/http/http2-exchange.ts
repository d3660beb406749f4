import { once } from 'node:events';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { SocketReader } from '../../net/socket-reader.js';
import type { HttpExchange, HttpRequest, HttpResponse } from './http-exchange.js';
import { NoResponse } from './http-exchange.js';
import { canonicalHeaderName, firstHeader } from './http-headers.js';
import type { HttpHeaders } from './http-headers.js';
import { TruncatedBody } from './truncated-body.js';
import type { ReadBody } from './http1-body.js';

/** Headers that mean something to an HTTP/1 connection only (RFC 9113 §8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** HTTP/2 on a TLS connection that settled on `h2`, which it takes over (RFC 9113). */
export function http2Exchange(socket: TLSSocket, signal: AbortSignal): HttpExchange {
  const session = http2.connect(`https://${LOCAL_AUTHORITY}`, { createConnection: () => socket });
  let sessionError: Error | undefined;
  session.on('error', (error: Error) => {
    sessionError ??= error;
  });
  let stream: http2.ClientHttp2Stream | undefined;
  let response: Promise<HttpResponse> | undefined;
  return {
    send: async (request) => {
      stream = openStream(session, request, signal);
      response = awaitResponse(stream, request.method, signal);
      await response.catch((error: unknown) => {
        throw sessionError ?? error;
      });
    },
    receive: () => response ?? Promise.reject(new NoResponse()),
    close: () => {
      stream?.destroy();
      session.destroy();
      socket.destroy();
    },
  };
}

/** http2.connect wants an origin; requests carry their own `:authority`. */
const LOCAL_AUTHORITY = 'localhost';

function openStream(
  session: http2.ClientHttp2Session,
  request: HttpRequest,
  signal: AbortSignal,
): http2.ClientHttp2Stream {
  const { body } = request;
  const stream = session.request(headersOf(request), { endStream: body === undefined });
  if (body?.kind === 'bytes') {
    stream.end(body.bytes);
  } else if (body !== undefined) {
    pipeline(Readable.from(body.chunks), stream, { signal, end: true }).catch((error: unknown) => {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }
  return stream;
}

function headersOf(request: HttpRequest): http2.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ':method': request.method,
    ':scheme': request.scheme,
    ':authority': request.authority,
    ':path': request.requestTarget,
  };
  if (request.userAgent !== undefined) headers['user-agent'] = request.userAgent;
  if (request.body?.kind === 'bytes') headers['content-length'] = String(request.body.bytes.length);
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (CONNECTION_HEADERS.has(lower)) continue;
    const before = headers[lower];
    headers[lower] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

async function awaitResponse(
  stream: http2.ClientHttp2Stream,
  method: string,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const ended = new AbortController();
  let streamError: Error | undefined;
  stream.on('error', (error: Error) => (streamError = error));
  // A stream that is closed without an answer emits neither 'response' nor, always, 'error'; if it does, 'error' comes first.
  stream.once('close', () => {
    ended.abort(streamError ?? new NoResponse());
  });
  // By hand, since Node 20 keeps what AbortSignal.any makes for longer than anybody needs it.
  const abort = (): void => {
    ended.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  let arrived: unknown[];
  try {
    arrived = await once(stream, 'response', { signal: ended.signal });
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  // The third argument of 'response' is the flat list of names and values as they came.
  const headers = responseHeaders(arrived[2] as readonly string[]);
  return {
    version: 'HTTP/2.0',
    status: Number(firstHeader(headers, ':status')),
    headers,
    contentLength: contentLengthOf(headers),
    readBody: method === 'HEAD' ? () => Promise.resolve(undefined) : bodyOf(stream, signal),
  };
}

function responseHeaders(raw: readonly string[]): HttpHeaders {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = canonicalHeaderName(raw[index] ?? '');
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [raw[index + 1] ?? '']);
    else values.push(raw[index + 1] ?? '');
  }
  return headers;
}

function contentLengthOf(headers: HttpHeaders): number {
  const text = firstHeader(headers, 'Content-Length') ?? '';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
}

function bodyOf(stream: http2.ClientHttp2Stream, signal: AbortSignal): ReadBody {
  const reader = new SocketReader(stream, signal);
  return async () => {
    const chunk = await reader.read();
    if (chunk === undefined && (stream.aborted || stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR)) {
      throw new TruncatedBody();
    }
    return chunk;
  };
}
