import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';

/** What an origin does once the head of a request has arrived; `request` is the head and what came with it. */
export type Reply = string | Buffer | ((socket: Socket, request: string, nth: number) => void | Promise<void>);

export interface OriginOptions {
  /** TLS before anything else; absent: plain TCP. */
  readonly tls?: tls.TlsOptions;
  /** The address to listen at; 127.0.0.1 where absent. */
  readonly host?: string;
  /** Called with each connection at once, for servers that do not even read; the reply is then not used. */
  readonly onConnect?: (socket: Socket) => void;
  /** Waits for the body that Content-Length or chunks announce before it replies. */
  readonly withBody?: true;
}

/** A server of one case: it says exactly the bytes it was told, and remembers what it was asked. */
export interface Origin {
  readonly port: number;
  /** What was asked since the last call, in order of arrival; connections are counted anew. */
  readonly takeRequests: () => string[];
  readonly close: () => Promise<void>;
}

/**
 * A TCP or TLS server on a port of its own on the loopback that answers each connection's first request with `reply`.
 */
export async function startOrigin(reply: Reply, options: OriginOptions = {}): Promise<Origin> {
  const open = new Set<Socket>();
  let requests: string[] = [];
  let connections = 0;
  const onSocket = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A program that cuts the connection is part of many a case.
    socket.on('error', () => socket.destroy());
    const nth = connections++;
    if (options.onConnect !== undefined) options.onConnect(socket);
    else
      readRequest(socket, options.withBody === true, (request) => {
        requests.push(request);
        if (typeof reply === 'function') void reply(socket, request, nth);
        else socket.end(reply, 'latin1');
      });
  };
  const server = options.tls === undefined ? net.createServer(onSocket) : tls.createServer(options.tls, onSocket);
  const port = await listen(server, options.host);
  return {
    port,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      connections = 0;
      return taken;
    },
    close: () => closeServer(server, open),
  };
}

function readRequest(socket: Socket, withBody: boolean, onRequest: (request: string) => void): void {
  let received = '';
  const onData = (chunk: Buffer): void => {
    received += chunk.toString('latin1');
    if (!isComplete(received, withBody)) return;
    socket.off('data', onData);
    socket.resume();
    onRequest(received);
  };
  socket.on('data', onData);
}

function isComplete(received: string, withBody: boolean): boolean {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return false;
  if (!withBody) return true;
  const head = received.slice(0, end);
  if (/^transfer-encoding: chunked/im.test(head)) return received.endsWith('0\r\n\r\n');
  const [, length = '0'] = /^content-length: (\d+)/im.exec(head) ?? [];
  return received.length >= end + 4 + Number(length);
}

/** What an HTTP/2 origin answers with. */
export interface Http2Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP/2 server (HTTP/1.1 too if `allowHttp1`) over TLS on a port of its own on the loopback. */
export async function startHttp2Origin(
  { status = 200, headers = {}, body = '' }: Http2Reply,
  options: http2.SecureServerOptions,
): Promise<Origin> {
  const open = new Set<Socket>();
  let requests: string[] = [];
  const server = http2.createSecureServer(options, (request, response) => {
    const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    requests.push(`HTTP/${request.httpVersion} ${request.method} ${request.url}\n${fields.sort().join('\n')}`);
    response.writeHead(status, headers);
    response.end(body);
  });
  server.on('secureConnection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('sessionError', () => undefined);
  const port = await listen(server);
  return {
    port,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    close: () => closeServer(server, open),
  };
}

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  // A TCP server that listens has an address of this shape.
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of open) socket.destroy();
  await closed;
}
