import http from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { declaredBody, declaredLength } from '../../net/http2/declared-length.js';
import { Http2Error } from '../../net/http2/http2-error.js';
import { Http2Exchange } from '../../net/http2/http2-exchange.js';
import { ProbeFailure } from '../../probe/failure.js';
import { codeOf, textOf } from '../../probe/error-text.js';
import type { DnsDestination, ExchangeContext } from './dns-exchange-udp.js';
import { dialDns, requestFailure } from './dns-exchange-tcp.js';
import type { DnsTls } from './dns-exchange-tcp.js';
import type { DnsMessage } from './dns-message.js';
import type { DnsQuery } from './dns-query.js';
import { EXCHANGE_FAILED, readOnlyReply } from './dns-reply.js';

/** How to ask a server of DNS over HTTPS (RFC 8484). */
export interface HttpsRecipe {
  readonly method: 'GET' | 'POST';
  /** The host as the target names it, with its port unless that is 443. */
  readonly authority: string;
  readonly path: string;
  readonly userAgent: string;
}

export interface HttpsExchangeContext extends ExchangeContext {
  readonly recipe: HttpsRecipe;
  readonly tls: DnsTls;
  /** Told the status of the response, whatever it is. */
  readonly onStatus: (status: number) => void;
}

const MEDIA_TYPE = 'application/dns-message';
/** No message is longer (RFC 8484, section 6). */
const LONGEST_MESSAGE = 65535;

interface HttpsResponse {
  readonly status: number;
  readonly mediaType: string;
  readonly body: Buffer;
}

/** Asks over HTTPS, in HTTP/2 or HTTP/1.1 as ALPN settles it, on a connection of its own. Rejects with a ProbeFailure. */
export async function exchangeHttps(
  to: DnsDestination,
  query: DnsQuery,
  context: HttpsExchangeContext,
): Promise<DnsMessage> {
  const { phases, signal, recipe, tls, onStatus } = context;
  const socket = await phases.time('connect', () => dialDns(to, { signal, phases, tls }));
  // Whatever is under way on the socket fails when it goes.
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await phases
      .time('request', () => {
        const message = messageOf(query, recipe);
        return isHttp2(socket) ? sendHttp2(socket, message, signal) : sendHttp1(socket, message);
      })
      .catch((error: unknown) => {
        if (signal.aborted) throw requestFailure(error, signal);
        if (error instanceof Http2Error) throw http2Failure(error);
        throw isParseError(error) ? malformed(textOf(error)) : requestFailure(error, signal);
      });
    onStatus(response.status);
    return await readOnlyReply(bodyOf(response), query);
  } finally {
    signal.removeEventListener('abort', stop);
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
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** Plain base64url without padding goes into the `dns` variable of a GET. */
function messageOf({ bytes }: DnsQuery, { method, authority, path, userAgent }: HttpsRecipe): HttpsRequest {
  const headers = { accept: MEDIA_TYPE, 'user-agent': userAgent };
  if (method === 'GET') {
    const separator = path.includes('?') ? '&' : '?';
    return {
      method,
      authority,
      path: `${path}${separator}dns=${bytes.toString('base64url')}`,
      headers,
      body: undefined,
    };
  }
  const withBody = { ...headers, 'content-type': MEDIA_TYPE, 'content-length': String(bytes.length) };
  return { method, authority, path, headers: withBody, body: bytes };
}

function sendHttp1(socket: Socket, request: HttpsRequest): Promise<HttpsResponse> {
  const { method, authority, path, headers, body } = request;
  return new Promise((resolve, reject) => {
    const sent = http.request({
      createConnection: () => socket,
      method,
      path,
      setHost: false,
      headers: { host: authority, ...headers, connection: 'close' },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const mediaType = response.headers['content-type'] ?? '';
      const status = response.statusCode ?? 0;
      // A readable without encoding gives buffers.
      collect(response as AsyncIterable<Buffer>).then((bytes) => resolve({ status, mediaType, body: bytes }), reject);
    });
    sent.end(body);
  });
}

async function sendHttp2(socket: Socket, request: HttpsRequest, signal: AbortSignal): Promise<HttpsResponse> {
  const { method, authority, path, headers, body } = request;
  const exchange = new Http2Exchange(socket, signal);
  try {
    exchange.send({
      fields: [
        [':method', method],
        [':scheme', 'https'],
        [':authority', authority],
        [':path', path],
        ...Object.entries(headers),
      ],
      ...(body === undefined ? {} : { body }),
    });
    const head = await exchange.head();
    const read = declaredBody(exchange, declaredLength(head, method));
    const [, mediaType = ''] = head.fields.find(([name]) => name === 'content-type') ?? [];
    return { status: head.status, mediaType, body: await collect(piecesOf(read)) };
  } finally {
    exchange.close();
  }
}

async function* piecesOf(read: () => Promise<Buffer | undefined>): AsyncGenerator<Buffer, void> {
  for (let piece = await read(); piece !== undefined; piece = await read()) yield piece;
}

/** The whole body. Rejects with a ProbeFailure if it is longer than any message, or ends before its end. */
async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST_MESSAGE) throw malformed(`the body is longer than ${LONGEST_MESSAGE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function bodyOf({ status, mediaType, body }: HttpsResponse): Buffer {
  if (status !== 200) {
    throw new ProbeFailure('request', 'status_code_mismatch', EXCHANGE_FAILED, {
      status_code: status,
      err: `the server answered with HTTP status ${status}`,
    });
  }
  const [type = ''] = mediaType.split(';');
  if (type.trim().toLowerCase() !== MEDIA_TYPE) throw malformed(`the body is of type "${mediaType}"`);
  return body;
}

function malformed(err: string): ProbeFailure {
  return new ProbeFailure('request', 'dns_response_malformed', EXCHANGE_FAILED, { err });
}

function http2Failure({ reason, message }: Http2Error): ProbeFailure {
  if (reason === 'response_malformed') return malformed(message);
  return new ProbeFailure('request', reason, EXCHANGE_FAILED, { err: message });
}

/** What Node's HTTP parser says of something that is no HTTP. */
function isParseError(error: unknown): boolean {
  return codeOf(error)?.startsWith('HPE_') ?? false;
}
