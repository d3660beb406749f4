import type { Socket } from 'node:net';
import {
  type HttpExchange,
  type HttpRequest,
  type HttpResponse,
  METHODS_WITH_BODY,
  type RequestBody,
} from '../../net/http-exchange.js';
import { canonicalHeaderName, type HttpHeaders } from '../../net/http1/http-headers.js';
import { CONNECTION_FIELDS } from '../../net/http2/connection-fields.js';
import { declaredBody, declaredLength } from '../../net/http2/declared-length.js';
import type { Field } from '../../net/http2/hpack-encoder.js';
import { Http2Exchange } from '../../net/http2/http2-exchange.js';
import type { Http2Head } from '../../net/http2/read-head.js';
import { inSlices } from '../../values/in-slices.js';

/** Fields taken between two looks at the clock. */
const FIELDS_A_STEP = 64;

/** HTTP/2 on a TLS connection that settled on `h2`, which it takes over. */
export function http2Exchange(socket: Socket, signal: AbortSignal): HttpExchange {
  const exchange = new Http2Exchange(socket, signal);
  let sentMethod = '';
  let isHeadAlone = false;
  return {
    send: (request) => {
      const { method, body } = request;
      sentMethod = method;
      isHeadAlone = method === 'HEAD' && body === undefined;
      exchange.send({ fields: fieldsOf(request), ...(body === undefined ? {} : { body: payloadOf(body) }) });
      return exchange.firstByte();
    },
    receive: async () => {
      const head = await exchange.head();
      // As Go does: an answer without a body has not come before its stream is over.
      if (isHeadAlone) await exchange.untilOver();
      return responseOf(head, exchange, sentMethod);
    },
    close: () => exchange.close(),
  };
}

function payloadOf(body: RequestBody): Uint8Array | AsyncIterable<Uint8Array> {
  return body.kind === 'bytes' ? body.bytes : body.chunks;
}

function fieldsOf(request: HttpRequest): readonly Field[] {
  const { method, scheme, authority, requestTarget, userAgent, body } = request;
  const fields: Field[] = [
    [':authority', authority],
    [':method', method],
    [':path', requestTarget],
    [':scheme', scheme],
  ];
  if (body?.kind === 'bytes') fields.push(['content-length', String(body.bytes.length)]);
  else if (body === undefined && METHODS_WITH_BODY.has(method)) fields.push(['content-length', '0']);
  if (userAgent !== undefined) fields.push(['user-agent', userAgent]);
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (!CONNECTION_FIELDS.has(lower)) fields.push([lower, value]);
  }
  return fields;
}

async function responseOf(head: Http2Head, exchange: Http2Exchange, method: string): Promise<HttpResponse> {
  const contentLength = declaredLength(head, method);
  return {
    version: 'HTTP/2.0',
    status: head.status,
    headers: await inSlices(headersOf(head.fields)),
    contentLength,
    readBody: method === 'HEAD' ? () => Promise.resolve(undefined) : declaredBody(exchange, contentLength),
  };
}

function* headersOf(fields: readonly Field[]): Generator<void, HttpHeaders> {
  const headers = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of fields) {
    const canonical = canonicalHeaderName(name);
    const values = headers.get(canonical);
    if (values === undefined) headers.set(canonical, [value]);
    else values.push(value);
    if (++count % FIELDS_A_STEP === 0) yield;
  }
  return headers;
}
