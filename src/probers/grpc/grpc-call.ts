import http2 from 'node:http2';
import type { Socket } from 'node:net';
import { ProbeFailure } from '../../probe/failure.js';
import { textOf } from '../../probe/error-text.js';
import { frameMessage } from './grpc-message.js';

/** One unary call. */
export interface GrpcCall {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly userAgent: string;
  readonly metadata: Readonly<Record<string, string | readonly string[]>>;
  readonly message: Uint8Array;
}

/** The headers or trailers of an answer, as far as they matter. */
export interface GrpcHeaders {
  readonly ':status'?: number | undefined;
  readonly 'content-type'?: string | undefined;
  readonly 'grpc-status'?: string | readonly string[] | undefined;
  readonly 'grpc-message'?: string | readonly string[] | undefined;
}

/** What came back until the stream was closed, by whomever; nothing of it is judged yet. */
export interface GrpcReply {
  /** Absent if none arrived. */
  readonly headers?: GrpcHeaders;
  /** There is nothing after the headers: gRPC's "Trailers-Only". */
  readonly endedByHead: boolean;
  readonly trailers?: GrpcHeaders;
  readonly body: Uint8Array;
  /** The body exceeded LARGEST_BODY_BYTES and was not read further. */
  readonly tooLarge: boolean;
  /** The code of HTTP/2 with which the stream was closed (RFC 9113 §7). */
  readonly resetCode: number;
  /** The whole connection came to its end before the stream did. */
  readonly connectionLost: boolean;
  readonly error?: Error;
}

/** What is held of an answer. A health response has two bytes; the rest is room for fields of the future. */
export const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * Makes one call on a connected socket, which it takes over and closes. Rejects with the signal's reason when that fires, or with a
 * ProbeFailure if the request cannot be written at all; everything that the peer does is a reply.
 */
export async function callUnary(socket: Socket, call: GrpcCall, signal: AbortSignal): Promise<GrpcReply> {
  const session = http2.connect(`${call.scheme}://localhost`, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  const stop = (): void => {
    session.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    let sessionError: Error | undefined;
    session.on('error', (error: Error) => (sessionError ??= error));
    const stream = openStream(session, call);
    const reply = await collect(stream, session);
    signal.throwIfAborted();
    const error = reply.error ?? sessionError;
    return error === undefined ? reply : { ...reply, error };
  } finally {
    signal.removeEventListener('abort', stop);
    session.destroy();
    socket.destroy();
  }
}

function openStream(session: http2.ClientHttp2Session, call: GrpcCall): http2.ClientHttp2Stream {
  try {
    const stream = session.request({
      ':method': 'POST',
      ':scheme': call.scheme,
      ':path': call.path,
      ':authority': call.authority,
      'content-type': 'application/grpc',
      'user-agent': call.userAgent,
      te: 'trailers',
      ...call.metadata,
    });
    stream.end(frameMessage(call.message));
    return stream;
  } catch (error) {
    throw new ProbeFailure('setup', 'invalid_request', 'Cannot write the request', { err: textOf(error) });
  }
}

/** Waits until the stream is closed; 'close' comes whatever happens, also when the session is destroyed. */
function collect(stream: http2.ClientHttp2Stream, session: http2.ClientHttp2Session): Promise<GrpcReply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const seen: { headers?: GrpcHeaders; trailers?: GrpcHeaders; error?: Error } = {};
    let endedByHead = false;
    stream.on('response', (headers, flags) => {
      seen.headers = headers;
      endedByHead = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    });
    stream.on('trailers', (trailers: GrpcHeaders) => (seen.trailers = trailers));
    stream.on('error', (error: Error) => (seen.error = error));
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
      else stream.destroy();
    });
    stream.on('close', () => {
      const tooLarge = bytes > LARGEST_BODY_BYTES;
      const [only] = chunks;
      const body = only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
      resolve({ ...seen, endedByHead, body, tooLarge, resetCode: stream.rstCode, connectionLost: session.destroyed });
    });
  });
}
