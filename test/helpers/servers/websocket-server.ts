import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';

export type WebsocketScript = (socket: WebSocket, request: IncomingMessage) => void;

export interface WebsocketTestServer {
  /** Its URL. */
  readonly target: string;
  readonly open: () => number;
  readonly reached: Promise<void>;
  /** The handshakes that were asked for. */
  readonly requests: readonly IncomingMessage[];
}

export interface WebsocketServerOptions {
  readonly tls?: https.ServerOptions;
  readonly server?: ServerOptions;
}

/** A real WebSocket server on 127.0.0.1; closed when the test ends. */
export async function startWebsocketServer(
  t: Test,
  script: WebsocketScript,
  { tls, server: options = {} }: WebsocketServerOptions = {},
): Promise<WebsocketTestServer> {
  const requests: IncomingMessage[] = [];
  const open = new Set<Socket>();
  let markReached: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (markReached = resolve));
  const server = tls === undefined ? http.createServer() : https.createServer(tls);
  server.on('connection', (socket: Socket) => {
    markReached();
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  const sockets = new WebSocketServer({ server, ...options });
  sockets.on('connection', (socket, request) => {
    requests.push(request);
    socket.on('error', () => {
      socket.terminate();
    });
    script(socket, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    sockets.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    target: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/`,
    open: () => open.size,
    reached,
    requests,
  };
}
