import type { Socket } from 'node:net';
import type { Field } from '../../net/http2/hpack-encoder.js';
import { Http2Error, Http2Reset } from '../../net/http2/http2-error.js';
import { Http2Exchange } from '../../net/http2/http2-exchange.js';
import type { Http2Head } from '../../net/http2/read-head.js';
import { shownText } from '../../values/shown-text.js';
import { decodeBinaryHeader } from './binary-header.js';
import { frameMessage } from './grpc-message.js';
import { readGrpcStatus } from './grpc-status.js';

/** One unary call. */
export interface GrpcCall {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** The path in the form `/package.Service/Method`. */
  readonly path: string;
  readonly userAgent: string;
  readonly metadata: Readonly<Record<string, string | readonly string[]>>;
  readonly message: Uint8Array;
}

/** The headers or trailers of an answer that the probe uses. */
export interface GrpcHeaders {
  readonly ':status'?: number | undefined;
  readonly 'content-type'?: string | undefined;
  readonly 'grpc-status'?: string | undefined;
  readonly 'grpc-message'?: string | undefined;
  /** The decoded `grpc-status-details-bin`, if there is one alone. */
  readonly statusDetails?: Buffer | undefined;
  /** What is wrong with a header whose name ends in `-bin`. */
  readonly binaryProblem?: string | undefined;
}

/** Everything that arrived before the stream or the connection ended, before any judgement. */
export interface GrpcReply {
  /** Absent if none arrived. */
  readonly headers?: GrpcHeaders;
  /** Nothing follows the headers: gRPC's "Trailers-Only". */
  readonly endedByHead: boolean;
  readonly trailers?: GrpcHeaders;
  readonly body: Uint8Array;
  /** The body exceeded LARGEST_BODY_BYTES and was not read further. */
  readonly tooLarge: boolean;
  /** The HTTP/2 error code of the server's RST_STREAM (RFC 9113, section 7); 0 if it sent none. */
  readonly resetCode: number;
  /** The connection ended before the stream did. */
  readonly connectionLost: boolean;
  /** Why the stream did not end properly: an Http2Error, or the error of the socket. */
  readonly error?: Error;
}

/** The most bytes of an answer that are read. A health response has two bytes; the rest is room for future fields. */
export const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * Makes one call on a connected socket, which it takes over and closes. Rejects only with the signal's reason when the
 * signal is aborted: everything that the peer does is part of the reply.
 */
export async function callUnary(socket: Socket, call: GrpcCall, signal: AbortSignal): Promise<GrpcReply> {
  const exchange = new Http2Exchange(socket, signal);
  try {
    signal.throwIfAborted();
    exchange.send({ fields: fieldsOf(call), body: frameMessage(call.message) });
    const reply = await collect(exchange);
    signal.throwIfAborted();
    return reply;
  } finally {
    exchange.close();
  }
}

function fieldsOf(call: GrpcCall): readonly Field[] {
  const fields: Field[] = [
    [':method', 'POST'],
    [':scheme', call.scheme],
    [':path', call.path],
    [':authority', call.authority],
    ['content-type', 'application/grpc'],
    ['user-agent', call.userAgent],
    ['te', 'trailers'],
  ];
  for (const [name, values] of Object.entries(call.metadata)) {
    for (const value of typeof values === 'string' ? [values] : values) fields.push([name, value]);
  }
  return fields;
}

async function collect(exchange: Http2Exchange): Promise<GrpcReply> {
  const chunks: Buffer[] = [];
  const seen: { head?: Http2Head; error?: Error } = {};
  let bytes = 0;
  try {
    seen.head = await exchange.head();
    while (bytes <= LARGEST_BODY_BYTES) {
      const chunk = await exchange.read();
      if (chunk === undefined) break;
      bytes += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof Http2Error || isOfSystem(error))) throw error;
    seen.error = error;
  }
  const { head, error } = seen;
  const { trailers } = exchange;
  // What may be absent is set afterwards: V8 11 makes new hidden classes for each copy that something is added to.
  const reply: { -readonly [K in keyof GrpcReply]: GrpcReply[K] } = {
    endedByHead: head?.endsStream ?? false,
    body: Buffer.concat(chunks),
    tooLarge: bytes > LARGEST_BODY_BYTES,
    resetCode: error instanceof Http2Reset ? error.errorCode : 0,
    connectionLost: error !== undefined && !(error instanceof Http2Error && !error.ofConnection),
  };
  if (head !== undefined) reply.headers = { ':status': head.status, ...headersOf(head.fields) };
  if (trailers !== undefined) reply.trailers = headersOf(trailers);
  if (error !== undefined) reply.error = error;
  return reply;
}

/** Whether the error comes from the socket or from TLS. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'code' in error;
}

/** Of several messages the last one counts, and of several statuses unless one is malformed, as in grpc-go. */
function headersOf(fields: readonly Field[]): GrpcHeaders {
  const last = (wanted: string): string | undefined => fields.findLast(([name]) => name === wanted)?.[1];
  return {
    ...binaryHeaders(fields),
    'content-type': fields.find(([name]) => name === 'content-type')?.[1],
    'grpc-status': fields.find(isMalformedStatus)?.[1] ?? last('grpc-status'),
    'grpc-message': last('grpc-message'),
  };
}

function isMalformedStatus([name, value]: Field): boolean {
  return name === 'grpc-status' && readGrpcStatus(value) === undefined;
}

function binaryHeaders(fields: readonly Field[]): Pick<GrpcHeaders, 'statusDetails' | 'binaryProblem'> {
  const details: Buffer[] = [];
  let binaryProblem: string | undefined;
  for (const [name, value] of fields) {
    if (!name.endsWith('-bin')) continue;
    const decoded = decodeBinaryHeader(value);
    if (typeof decoded === 'string') binaryProblem = `${shownText(name)}: ${decoded}`;
    else if (name === 'grpc-status-details-bin') details.push(decoded);
  }
  const [statusDetails, ...more] = details;
  return {
    ...(statusDetails !== undefined && more.length === 0 && { statusDetails }),
    ...(binaryProblem !== undefined && { binaryProblem }),
  };
}
