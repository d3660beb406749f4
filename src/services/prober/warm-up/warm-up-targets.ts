import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { answerAnything, dnsReply } from './any-answer.js';
import { makeThrowawayIdentity } from './throwaway-certificate.js';

/**
 * Servers on the loopback that discarded probes are pointed at; a port that could not be had is 0, and its probes fail
 * in silence.
 */
export interface WarmUpTargets {
  readonly plainPort: number;
  readonly tlsPort: number;
  readonly dnsPort: number;
  /** The path of the socket as the unix prober takes it. */
  readonly socketPath: string;
  readonly close: () => void;
}

/** Opens what can be opened; never rejects. The caller closes it. */
export async function openWarmUpTargets(): Promise<WarmUpTargets> {
  const sockets = new Set<Socket>();
  const plain = net.createServer((socket) => {
    keep(socket, sockets);
    answerAnything(socket);
  });
  const secure = tls.createServer({ ...makeThrowawayIdentity(), ALPNProtocols: ['h2', 'http/1.1'] }, answerAnything);
  secure.on('connection', (socket: Socket) => {
    keep(socket, sockets);
  });
  secure.on('tlsClientError', ignore);
  const named = net.createServer((socket) => {
    keep(socket, sockets);
    answerAnything(socket);
  });
  const dns = dgram.createSocket('udp4', (query, { port, address }) => {
    dns.send(dnsReply(query), port, address);
  });
  const name = `sonde-warm-up-${randomBytes(8).toString('hex')}`;
  const [plainPort, tlsPort, dnsPort] = await Promise.all([
    listen(plain),
    listen(secure),
    bind(dns),
    listen(named, `\0${name}`),
  ]);
  return {
    plainPort,
    tlsPort,
    dnsPort,
    socketPath: `@${name}`,
    close: () => {
      for (const server of [plain, secure, named]) server.close(ignore);
      for (const socket of sockets) socket.destroy();
      dns.close();
    },
  };
}

function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', ignore);
  socket.on('close', () => sockets.delete(socket));
}

async function listen(server: net.Server, path?: string): Promise<number> {
  server.on('error', ignore);
  try {
    if (path === undefined) server.listen(0, LOOPBACK);
    else server.listen(path);
    await once(server, 'listening');
    return path === undefined ? (server.address() as AddressInfo).port : 0;
  } catch {
    return 0;
  }
}

async function bind(socket: dgram.Socket): Promise<number> {
  socket.on('error', ignore);
  try {
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    return socket.address().port;
  } catch {
    return 0;
  }
}

const LOOPBACK = '127.0.0.1';

function ignore(): void {
  // The probes that miss something fail, and nobody looks at them.
}
