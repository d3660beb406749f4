import { once } from 'node:events';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';

/** A request for an answer, as it came. */
export interface DohRequest {
  readonly method: string;
  readonly path: string;
  readonly httpVersion: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The question of a GET or a POST. */
  readonly query: Buffer;
}

export interface DohReply {
  readonly status?: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly body?: Buffer;
  /** Say nothing for good, or cut the connection, in place of all that. */
  readonly instead?: 'silence' | 'cut';
}

export interface DohServer {
  readonly port: number;
  readonly target: string;
  readonly requests: readonly DohRequest[];
  readonly open: () => number;
  /** Resolves once the first request is there. */
  readonly reached: Promise<void>;
}

/** An HTTPS server on 127.0.0.1 that speaks HTTP/2 and HTTP/1.1; closed when the test ends. */
export async function startDohServer(
  t: Test,
  identity: { readonly cert: string; readonly key: string },
  script: (request: DohRequest) => DohReply,
): Promise<DohServer> {
  const requests: DohRequest[] = [];
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const sockets = new Set<Socket>();
  const { cert, key } = identity;
  const server = http2.createSecureServer({ cert, key, allowHTTP1: true });
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('sessionError', () => undefined);
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    void read(request).then((read) => {
      requests.push(read);
      reach();
      answer(script(read), request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, target: `127.0.0.1:${port}`, requests, open: () => sockets.size, reached };
}

async function read(request: Http2ServerRequest): Promise<DohRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const path = request.url;
  const [, variable] = /[?&]dns=([^&]*)/.exec(path) ?? [];
  return {
    method: request.method,
    path,
    httpVersion: request.httpVersion,
    authority: request.headers[':authority'] ?? request.headers.host ?? '',
    headers: request.headers,
    body,
    query: variable === undefined ? body : Buffer.from(variable, 'base64url'),
  };
}

function answer(reply: DohReply, request: Http2ServerRequest, response: Http2ServerResponse): void {
  const { status = 200, contentType = 'application/dns-message', body = Buffer.alloc(0), instead } = reply;
  if (instead === 'silence') return;
  if (instead === 'cut') {
    request.socket.destroy();
    return;
  }
  const encoding = reply.contentEncoding === undefined ? {} : { 'content-encoding': reply.contentEncoding };
  response.writeHead(status, { 'content-type': contentType, ...encoding });
  response.end(body);
}
