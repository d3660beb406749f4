import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

/**
 * What a raw server does with a connection once the head of a request has arrived; `request` is that head and what came
 * with it.
 */
export type RawScript = (socket: Socket, request: string) => void | Promise<void>;

export interface RawServer {
  readonly port: number;
  /** The requests so far, as they came off the wire. */
  readonly requests: string[];
  /** Connections that are open at this moment. */
  readonly open: ReadonlySet<Socket>;
}

/** A server on the loopback that answers with exactly the bytes of its script; closed when the test ends. */
export async function startRawServer(t: Test, script: RawScript, host = '127.0.0.1'): Promise<RawServer> {
  const open = new Set<Socket>();
  const requests: string[] = [];
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A peer that resets is part of many a test.
    socket.on('error', () => socket.destroy());
    let received = '';
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (!received.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      socket.resume();
      requests.push(received);
      void script(socket, received);
    };
    socket.on('data', onData);
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests, open };
}

/** A script that answers with `text` and closes. */
export function answer(text: string): RawScript {
  return (socket) => {
    socket.end(text, 'latin1');
  };
}
