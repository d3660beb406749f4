import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

/** What a stream server does with each connection, from its first moment. */
export type StreamScript = (socket: Socket) => void;

export interface StreamServer {
  /** `host:port`, or the path of a unix socket. */
  readonly target: string;
  readonly open: () => number;
  /** All that was received, over all connections. */
  readonly received: () => Buffer;
  /** Resolves at the first connection. */
  readonly reached: Promise<void>;
}

/** Where to listen: a loopback port of the system's choosing, or a path. */
export type ListenAt = { readonly host: string } | { readonly path: string };

/** A TCP or unix server of the given script; closed when the test ends. */
export async function startStreamServer(
  t: Test,
  script: StreamScript,
  at: ListenAt = { host: '127.0.0.1' },
): Promise<StreamServer> {
  const open = new Set<Socket>();
  const chunks: Buffer[] = [];
  let markReached: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (markReached = resolve));
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A peer that resets is part of many a test.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    markReached();
    script(socket);
  });
  if ('path' in at) server.listen(at.path);
  else server.listen(0, at.host);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const target = 'path' in at ? at.path : `${at.host}:${(server.address() as AddressInfo).port}`;
  return { target, open: () => open.size, received: () => Buffer.concat(chunks), reached };
}

/**
 * `host:port` of the loopback that nothing listens at, as long as this process lives: it is the port of the client's
 * end of a connection. A port that is only closed could be given to another test by then.
 */
export async function closedPort(): Promise<string> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  for (const end of [client, accepted]) end.unref();
  server.close();
  return `127.0.0.1:${client.localPort}`;
}

/** The same for datagrams: a connected socket holds the port, and takes nothing from others. */
export async function closedUdpPort(): Promise<string> {
  const socket = dgram.createSocket('udp4').unref();
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.connect(DISCARD_PORT, '127.0.0.1');
  await once(socket, 'connect');
  return `127.0.0.1:${socket.address().port}`;
}

/** RFC 863. */
const DISCARD_PORT = 9;

/** A script that goes on as the lines that it is told come in: `[what it says at once, { when, say }…]`. */
export function lineByLine(greeting: string, answers: Readonly<Record<string, string>> = {}): StreamScript {
  return (socket) => {
    let pending = '';
    if (greeting !== '') socket.write(greeting, 'latin1');
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end).replace(/\r$/, '');
        pending = pending.slice(end + 1);
        const answer = answers[line];
        if (answer !== undefined) socket.write(answer, 'latin1');
      }
    });
  };
}
