import { EventEmitter, once } from 'node:events';
import net from 'node:net';

/** A server that accepts connections and never says a word. */
export interface SilentServer {
  readonly port: number;
  /** How many connections are open now. */
  readonly open: () => number;
  /** Resolves when this many connections are open. */
  readonly waitForOpen: (count: number) => Promise<void>;
  /** All bytes that came in, over all connections. */
  readonly received: () => Buffer;
  readonly close: () => Promise<void>;
}

/** Starts a silent server on a free loopback port; whoever started it closes it. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<net.Socket>();
  const chunks: Buffer[] = [];
  const changes = new EventEmitter();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    // A client that resets the connection is as gone as one that closes it.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      changes.emit('change');
    });
    changes.emit('change');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    open: () => sockets.size,
    waitForOpen: async (count) => {
      while (sockets.size !== count) await once(changes, 'change');
    },
    received: () => Buffer.concat(chunks),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
