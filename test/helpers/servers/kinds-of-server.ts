import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Test } from 'tap';
import type { Identity } from '../tls/certificates.js';

export const KINDS = [
  'http',
  'https',
  'https, HTTP/1.1 only',
  'h2c',
  'https, h2 only',
  'tls banner',
  'smtp',
  'ssh',
  'dns',
  'silence, then end',
  'reset at the first byte',
] as const;

export type ServerKind = (typeof KINDS)[number];

const BANNERS: Partial<Record<ServerKind, string>> = {
  smtp: '220 mail.example ESMTP\r\n',
  ssh: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n',
};

/**
 * A server on 127.0.0.1 of a kind that a probe may have been pointed at by mistake; closed when the test ends. Returns
 * its port.
 */
export async function startServerOfKind(t: Test, kind: ServerKind, identity: Identity): Promise<number> {
  const server = create(kind, { key: identity.key, cert: identity.cert });
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  for (const event of ['connection', 'secureConnection']) server.on(event, keep);
  for (const event of ['tlsClientError', 'sessionError']) server.on(event, ignore);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function create(kind: ServerKind, identity: tls.TlsOptions): net.Server {
  switch (kind) {
    case 'http':
      return http.createServer(hello);
    case 'https':
      return http2.createSecureServer({ ...identity, allowHTTP1: true }, hello as never);
    case 'https, HTTP/1.1 only':
      return https.createServer({ ...identity, ALPNProtocols: ['http/1.1'] }, hello);
    case 'h2c':
      return http2.createServer(hello as never);
    case 'https, h2 only':
      return http2.createSecureServer(identity, hello as never);
    case 'tls banner':
      return tls.createServer(identity, (socket) => socket.write('220 ready\r\n'));
    case 'dns':
      return net.createServer((socket) => socket.on('data', (query) => answerDns(socket, query)));
    case 'silence, then end':
      return net.createServer((socket) => socket.once('data', () => socket.end()));
    case 'reset at the first byte':
      return net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    default:
      return net.createServer((socket) => socket.write(BANNERS[kind] ?? ''));
  }
}

function hello(_request: unknown, response: { end: (text: string) => void }): void {
  response.end('hello');
}

/** The connection ends, as with name servers, where the two octets before the message are no sensible length. */
function answerDns(socket: Socket, query: Buffer): void {
  if (query.length < 2 || query.readUInt16BE(0) !== query.length - 2) {
    socket.destroy();
    return;
  }
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8180, 4);
  socket.write(reply);
}

function ignore(): void {
  // Such clients are what these servers are for.
}
