import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { Test } from 'tap';

export interface ProxyOptions {
  /** What Proxy-Authorization has to say; anybody is served without it. */
  readonly authorization?: string;
}

/** One request that the proxy saw. */
export interface ProxiedRequest {
  readonly method: string;
  /** The target of the request line: `host:port` for CONNECT, a whole URL otherwise. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface ProxyServer {
  readonly port: number;
  readonly url: string;
  readonly seen: readonly ProxiedRequest[];
}

/** A forward proxy on 127.0.0.1 that knows CONNECT and whole URLs; closed when the test ends. */
export async function startProxy(t: Test, { authorization }: ProxyOptions = {}): Promise<ProxyServer> {
  const seen: ProxiedRequest[] = [];
  const sockets = new Set<Duplex>();
  const admit = (request: http.IncomingMessage): boolean => {
    seen.push({ method: request.method ?? '', target: request.url ?? '', headers: request.headers });
    return authorization === undefined || request.headers['proxy-authorization'] === authorization;
  };
  const server = http.createServer((request, response) => {
    if (!admit(request)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end();
      return;
    }
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    const onward = http.request(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request, client: Duplex) => {
    track(client, sockets);
    if (!admit(request)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const onward = net.connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
    track(onward, sockets);
    onward.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    onward.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(client, onward);
    });
  });
  const port = await listen(t, server, sockets);
  return { port, url: `http://127.0.0.1:${port}`, seen };
}

export interface SocksOptions {
  readonly user?: { readonly username: string; readonly password: string };
  /** The reply code; 0 connects. */
  readonly reply?: number;
}

export interface SocksServer {
  readonly port: number;
  /** The destinations that were asked for, as `host:port`. */
  readonly seen: readonly string[];
}

/** A SOCKS5 proxy on 127.0.0.1; names it takes for 127.0.0.1. Closed when the test ends. */
export async function startSocksServer(t: Test, { user, reply = 0 }: SocksOptions = {}): Promise<SocksServer> {
  const seen: string[] = [];
  const sockets = new Set<Duplex>();
  const server = net.createServer((client) => {
    track(client, sockets);
    serveSocks(client, { user, reply, seen, sockets }).catch(() => client.destroy());
  });
  return { port: await listen(t, server, sockets), seen };
}

interface SocksService {
  readonly user: SocksOptions['user'];
  readonly reply: number;
  readonly seen: string[];
  readonly sockets: Set<Duplex>;
}

async function serveSocks(client: Socket, { user, reply, seen, sockets }: SocksService): Promise<void> {
  const [, count = 0] = await take(client, 2);
  const methods = await take(client, count);
  const method = user === undefined ? 0 : 2;
  if (!methods.includes(method)) {
    client.end(Buffer.of(5, 0xff));
    return;
  }
  client.write(Buffer.of(5, method));
  if (user !== undefined) {
    await take(client, 1);
    const username = await takeCounted(client);
    const password = await takeCounted(client);
    const good = username === user.username && password === user.password;
    client.write(Buffer.of(1, good ? 0 : 1));
    if (!good) return;
  }
  const [, , , kind] = await take(client, 4);
  const host =
    kind === 3
      ? await takeCounted(client)
      : kind === 1
        ? [...(await take(client, 4))].join('.')
        : ((await take(client, 16)).toString('hex').match(/.{4}/g) ?? []).join(':');
  const port = (await take(client, 2)).readUInt16BE();
  seen.push(`${host}:${port}`);
  const answer = Buffer.from([5, reply, 0, 3, 4, ...Buffer.from('here'), 0, 80]);
  if (reply !== 0) {
    client.end(answer);
    return;
  }
  const onward = net.connect(port, kind === 3 ? '127.0.0.1' : host);
  track(onward, sockets);
  onward.on('connect', () => {
    client.write(answer);
    join(client, onward);
  });
}

async function takeCounted(client: Socket): Promise<string> {
  const [length = 0] = await take(client, 1);
  return (await take(client, length)).toString('utf8');
}

/** Exactly `length` bytes of what the client sends; rejects where it resets the connection. */
async function take(client: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = client.read(length) as Buffer | null;
    if (bytes !== null) return bytes;
    await once(client, 'readable');
  }
}

function track(socket: Duplex, sockets: Set<Duplex>): void {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  // Either side may hang up at any time.
  socket.on('error', () => socket.destroy());
}

function join(client: Duplex, onward: Duplex): void {
  // Node 24 throws where one end is closed already: the client may have left while its destination was dialled.
  if (client.destroyed || onward.destroyed) {
    client.destroy();
    onward.destroy();
    return;
  }
  pipeline(client, onward, () => onward.destroy());
  pipeline(onward, client, () => client.destroy());
}

async function listen(t: Test, server: net.Server, sockets: Set<Duplex>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
