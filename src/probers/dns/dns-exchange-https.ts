import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { DnsQuery } from '../../net/dns/dns-query.js';
import { firstHeader } from '../../net/http1/http-headers.js';
import { http1Exchange } from '../../net/http1/http1-exchange.js';
import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge, NoResponse } from '../../net/http1/no-head.js';
import type { ReadBody } from '../../net/http1/read-body.js';
import { TruncatedBody } from '../../net/http1/truncated-body.js';
import { declaredBody, declaredLength } from '../../net/http2/declared-length.js';
import type { Field } from '../../net/http2/hpack-encoder.js';
import { Http2Error } from '../../net/http2/http2-error.js';
import { Http2Exchange } from '../../net/http2/http2-exchange.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { dialDns, type DnsTls, requestFailure } from './dns-exchange-tcp.js';
import type { DnsDestination, ExchangeContext } from './dns-exchange-udp.js';
import type { DnsMessage } from './dns-message.js';
import { EXCHANGE_FAILED, readOnlyReply } from './dns-reply.js';

/** How to send a query to a server of DNS over HTTPS (RFC 8484). */
export interface HttpsRecipe {
  readonly method: 'GET' | 'POST';
  /** The host as the target writes it, with its port unless that is 443. */
  readonly authority: string;
  readonly path: string;
  readonly userAgent: string;
}

/** The dependencies of an exchange over HTTPS, and a callback for its status. */
export interface HttpsExchangeContext extends ExchangeContext {
  readonly recipe: HttpsRecipe;
  readonly tls: DnsTls;
  /** Receives the status of every response. */
  readonly onStatus: (status: number) => void;
}

const MEDIA_TYPE = 'application/dns-message';
/** The longest DNS message (RFC 8484, section 6). */
const LONGEST_MESSAGE = 65535;

interface HttpsResponse {
  readonly status: number;
  readonly mediaType: string;
  /** Of Content-Encoding; empty without it. */
  readonly coding: string;
  readonly body: Buffer;
}

/**
 * Sends a query over HTTPS, with HTTP/2 or HTTP/1.1 as ALPN selects, on a connection of its own. Rejects with a
 * ProbeFailure.
 */
export async function exchangeHttps(
  to: DnsDestination,
  query: DnsQuery,
  context: HttpsExchangeContext,
): Promise<DnsMessage> {
  const { phases, signal, recipe, tls, onStatus } = context;
  const socket = await phases.time('connect', () => dialDns(to, { signal, phases, tls }));
  try {
    const response = await phases
      .time('request', () => {
        const message = requestOf(query, recipe);
        return isHttp2(socket) ? sendHttp2(socket, message, signal) : sendHttp1(socket, message, signal);
      })
      .catch((error: unknown) => {
        throw failureOf(error, signal);
      });
    onStatus(response.status);
    return await readOnlyReply(bodyOf(response), query);
  } finally {
    socket.destroy();
  }
}

function isHttp2(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === 'h2';
}

interface HttpsRequest {
  readonly method: 'GET' | 'POST';
  readonly authority: string;
  readonly path: string;
  readonly userAgent: string;
  /** The message of a POST. */
  readonly body: Buffer | undefined;
}

/** The variable `dns` of a GET is base64url without padding (RFC 8484, section 6). */
function requestOf({ bytes }: DnsQuery, { method, authority, path, userAgent }: HttpsRecipe): HttpsRequest {
  if (method === 'POST') return { method, authority, path, userAgent, body: bytes };
  const separator = path.includes('?') ? '&' : '?';
  const asked = `${path}${separator}dns=${bytes.toString('base64url')}`;
  return { method, authority, path: asked, userAgent, body: undefined };
}

async function sendHttp1(socket: Socket, request: HttpsRequest, signal: AbortSignal): Promise<HttpsResponse> {
  const { method, authority, path, userAgent, body } = request;
  const exchange = http1Exchange(socket, signal);
  const headers: [string, string][] = [['Accept', MEDIA_TYPE]];
  if (body !== undefined) headers.push(['Content-Type', MEDIA_TYPE]);
  try {
    await exchange.send({
      ...{ method, scheme: 'https', authority, requestTarget: path, userAgent, headers },
      ...(body === undefined ? {} : { body: { kind: 'bytes', bytes: body } }),
    });
    const { status, headers: received, readBody } = await exchange.receive();
    const [mediaType = '', coding = ''] = ['Content-Type', 'Content-Encoding'].map((name) =>
      firstHeader(received, name),
    );
    return { status, mediaType, coding, body: await collect(readBody) };
  } finally {
    exchange.close();
  }
}

async function sendHttp2(socket: Socket, request: HttpsRequest, signal: AbortSignal): Promise<HttpsResponse> {
  const { method, body } = request;
  const exchange = new Http2Exchange(socket, signal);
  try {
    exchange.send({ fields: fieldsOf(request), ...(body === undefined ? {} : { body }) });
    const head = await exchange.head();
    const read = declaredBody(exchange, declaredLength(head, method));
    const [mediaType = '', coding = ''] = ['content-type', 'content-encoding'].map(
      (wanted) => head.fields.find(([name]) => name === wanted)?.[1],
    );
    return { status: head.status, mediaType, coding, body: await collect(read) };
  } finally {
    exchange.close();
  }
}

function fieldsOf({ method, authority, path, userAgent, body }: HttpsRequest): readonly Field[] {
  const fields: Field[] = [
    [':method', method],
    [':scheme', 'https'],
    [':authority', authority],
    [':path', path],
    ['accept', MEDIA_TYPE],
    ['user-agent', userAgent],
  ];
  if (body !== undefined) fields.push(['content-type', MEDIA_TYPE], ['content-length', String(body.length)]);
  return fields;
}

/** Reads the whole body. Rejects with a ProbeFailure if it is longer than any DNS message, or cut off. */
async function collect(read: ReadBody): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) {
    length += chunk.length;
    if (length > LONGEST_MESSAGE) throw malformed(`the body is longer than ${LONGEST_MESSAGE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** A coding was not asked for, so that whoever decodes would not find the message that is there without it. */
function bodyOf({ status, mediaType, coding, body }: HttpsResponse): Buffer {
  if (status !== 200) {
    throw new ProbeFailure('request', 'status_code_mismatch', EXCHANGE_FAILED, {
      status_code: status,
      err: `the server answered with HTTP status ${status}`,
    });
  }
  const [type = ''] = mediaType.split(';');
  if (type.trim().toLowerCase() !== MEDIA_TYPE) throw malformed(`the body is of type "${mediaType}"`);
  if (!/^(?:identity)?$/i.test(coding)) throw malformed(`the body has the content encoding "${coding}"`);
  return body;
}

function malformed(err: string): ProbeFailure {
  return new ProbeFailure('request', 'dns_response_malformed', EXCHANGE_FAILED, { err });
}

/** Why the exchange broke off, in whichever version of HTTP. */
function failureOf(error: unknown, signal: AbortSignal): ProbeFailure {
  if (signal.aborted) return requestFailure(error, signal);
  if (error instanceof Http2Error) return httpFailure(error.reason, error.message);
  if (error instanceof MalformedResponse) return httpFailure('response_malformed', error.message);
  if (error instanceof HeadTooLarge) return httpFailure('response_header_too_large', error.message);
  if (error instanceof TruncatedBody) return httpFailure('body_truncated', error.message);
  if (error instanceof NoResponse) return httpFailure('connection_closed', error.message);
  return requestFailure(error, signal);
}

function httpFailure(reason: FailureReason, err: string): ProbeFailure {
  return reason === 'response_malformed'
    ? malformed(err)
    : new ProbeFailure('request', reason, EXCHANGE_FAILED, { err });
}
