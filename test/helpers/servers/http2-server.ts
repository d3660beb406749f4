import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Test } from 'tap';
import type { Identity } from '../tls/certificates.js';
import { framesOf, type SeenFrame } from './http2-frames.js';

/** What a server does once the header of a request has arrived. */
export type FrameScript = (socket: Socket) => void | Promise<void>;

export interface FrameServer {
  readonly port: number;
  /** What the last client has sent so far. */
  readonly frames: () => readonly SeenFrame[];
  readonly open: ReadonlySet<Socket>;
}

const HEADERS = 1;

/**
 * A server on 127.0.0.1 that says exactly the bytes of its script, over TLS if it has an identity; closed when the test
 * ends.
 */
export async function startFrameServer(t: Test, script: FrameScript, identity?: Identity): Promise<FrameServer> {
  const open = new Set<Socket>();
  let lastReceived: () => Buffer = () => Buffer.alloc(0);
  const onSocket = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that goes without a word is part of many a test.
    socket.on('error', () => socket.destroy());
    let isAsked = false;
    // The frames of this connection alone: several clients send at once.
    let received = Buffer.alloc(0);
    lastReceived = () => received;
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (isAsked || !framesOf(received).some(({ type }) => type === HEADERS)) return;
      isAsked = true;
      void script(socket);
    });
  };
  const server =
    identity === undefined
      ? net.createServer(onSocket)
      : tls.createServer({ cert: identity.cert, key: identity.key, ALPNProtocols: ['h2'] }, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, frames: () => framesOf(lastReceived()), open };
}
