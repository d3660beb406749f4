import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { uint16, wireReply } from '../../../test/helpers/servers/dns-bytes.js';
import { sharedIdentities } from '../../../test/helpers/tls/certificates.js';
import type { HostileModule, TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

/** What a name server sends once it was asked. */
type Talk = (socket: Socket, query: Buffer) => void;

function framed(message: Buffer, length = message.length): Buffer {
  return Buffer.concat([uint16(length), message]);
}

/** An octet in each segment, for as long as somebody listens. */
function trickle(socket: Socket, first: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(Buffer.of(first[at++] ?? 0));
  }, 1);
  socket.on('close', () => {
    clearInterval(timer);
  });
}

/** Messages in their frames of TCP, which DNS over TLS has as well. */
const FRAMES: readonly (readonly [name: string, talk: Talk])[] = [
  ['no message at all, without end', (socket) => flood(socket, uint16(0))],
  ['a message that never ends', (socket, query) => trickle(socket, framed(wireReply(query), 65_535))],
  ['a length that is too small', (socket, query) => socket.write(framed(wireReply(query), 5))],
  ['a length that is too large', (socket, query) => socket.end(framed(wireReply(query), 60_000))],
  ['half a length', (socket) => socket.end(Buffer.of(1))],
  ['messages of 64 KiB without end', (socket) => flood(socket, framed(Buffer.alloc(65_535)))],
  ['an end at once', (socket) => socket.end()],
  ['noise', (socket) => flood(socket, Buffer.alloc(65_536, 0x5a))],
];

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n';

function write(start: string | Buffer, endless?: string): Talk {
  return (socket) => {
    socket.write(start);
    if (endless !== undefined) flood(socket, Buffer.from(endless, 'latin1'));
  };
}

/** Answers of DNS over HTTPS. */
const ANSWERS: readonly (readonly [name: string, talk: Talk])[] = [
  ['a body without end', write(`${HEAD}\r\n`, '\0')],
  ['a head without end', write(HEAD, 'a: b\r\n')],
  ['tiny chunks', write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n')],
  ['a gzip bomb', write(Buffer.concat([Buffer.from(`${HEAD}Content-Encoding: gzip\r\n\r\n`), bomb()]))],
  ['redirects without end', (socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n')],
  ['a type of 1 MiB', (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Type: ${'x'.repeat(1_000_000)}\r\n\r\n`)],
  ['an end at once', (socket) => socket.end()],
];

function bomb(): Buffer {
  return gzipSync(Buffer.alloc(64 * 1024 * 1024));
}

async function listenTls(talk: Talk): Promise<string> {
  const { localhost } = await sharedIdentities();
  const server = tls.createServer({ cert: localhost.cert, key: localhost.key }, (socket) => {
    socket.on('error', () => socket.destroy());
    onQuery(socket, talk);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function onQuery(socket: Socket, talk: Talk): void {
  socket.once('data', (bytes) => {
    talk(socket, bytes.subarray(2));
    // What comes then is of no interest, but has to be taken.
    socket.resume();
  });
}

const TLS = { tls_config: { insecure_skip_verify: true } };

function module(transport: 'tcp' | 'https', more: object = {}): HostileModule {
  return { prober: 'dns', dns: { query_name: 'example.org', transport_protocol: transport, ...more } };
}

function row(name: string, of: HostileModule, start: () => Promise<string>): TargetRow {
  return { kind: 'target', name: `dns: ${name}`, group: 'dns-carrier', module: of, start };
}

/** Name servers that misuse what carries their messages: TCP, TLS, HTTPS. */
export const DNS_CARRIERS: readonly TargetRow[] = [
  ...FRAMES.map(([name, talk]) =>
    row(`${name}, TCP`, module('tcp'), () =>
      listenTcp((socket) => {
        onQuery(socket, talk);
      }),
    ),
  ),
  ...FRAMES.map(([name, talk]) =>
    row(`${name}, TLS`, module('tcp', { dns_over_tls: true, ...TLS }), () => listenTls(talk)),
  ),
  ...ANSWERS.map(([name, talk]): TargetRow => ({
    ...row(`${name}, HTTPS`, module('https', TLS), async () => `https://${await listenTls(talk)}/dns-query`),
    withoutPeer: 'has no DNS over HTTPS',
  })),
];
