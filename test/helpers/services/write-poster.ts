import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { withDefaults } from '../../../src/config/remote-write/read-remote-write.js';
import { type PostWrite, writePoster } from '../../../src/services/prober/remote-write/post-write.js';
import type { GivenWrite } from '../../../src/services/prober/remote-write/remote-write-options.js';
import type { WriteAnswer } from '../../../src/services/prober/remote-write/write-answer.js';
import { type Clock, systemClock } from '../../../src/values/clock.js';
import { BUILD } from './start-app.js';

/** Makes a poster whose keys are these. */
export function poster(given: GivenWrite, clock: Clock = systemClock): PostWrite {
  const log = { push: () => undefined, dropped: 0 };
  return writePoster(withDefaults(given), { build: BUILD, hostname: 'h', pid: 1, env: {}, clock, log });
}

const NEVER = new AbortController().signal;
/** Sends a small request. */
export const send = (post: PostWrite): Promise<WriteAnswer> =>
  post({ body: Buffer.from('body'), headers: {}, end: NEVER });

/** A request that a server has got. */
export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Has a server listen on a port of its own until the test ends. */
export async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A web server that answers each request by `answer`; `index` counts them. */
export async function startServer(
  t: Test,
  answer: (response: ServerResponse, got: Got, index: number) => void,
): Promise<{ readonly port: number; readonly got: readonly Got[] }> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      answer(response, one, got.push(one) - 1);
    });
  });
  return { port: await listen(t, server), got };
}

/** A server that gets the first bytes of a connection and may do with it whatever it likes. */
export async function startRaw(t: Test, onHead: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      onHead(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
