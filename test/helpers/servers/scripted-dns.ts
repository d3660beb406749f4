import dgram from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import type { Test } from 'tap';
import { joinHostPort } from '../../../src/net/host-port.js';

/**
 * One thing that a server says: a message, or over TCP exactly these bytes, or the end of the connection, or over UDP a
 * message that leaves after those to questions of the same moment.
 */
export type DnsAct = Buffer | { readonly raw: Buffer } | 'close' | { readonly later: Buffer };

const LATER_MS = 50;

/** What a server answers to a question; nothing is nothing. */
export type DnsScript = (query: Buffer, transport: 'udp' | 'tcp') => readonly DnsAct[];

export interface ScriptedDns {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly target: string;
  /** The questions so far, as they came off the wire, with the port that each came from. */
  readonly queries: readonly { readonly bytes: Buffer; readonly transport: 'udp' | 'tcp'; readonly port: number }[];
  /**
   * Connections that are open at this moment: TCP ones here, and sockets of this machine that are connected to the UDP
   * port.
   */
  readonly open: () => number;
  /** Resolves once somebody has asked, or connected, for the first time. */
  readonly reached: Promise<void>;
}

export interface ScriptedDnsOptions {
  /** An address of this machine; `127.0.0.1` where absent. */
  readonly host?: string;
  /** A free one where absent. */
  readonly port?: number;
  /** Speak TLS instead of plain TCP. */
  readonly tls?: tls.TlsOptions;
}

/**
 * A name server on UDP and TCP (with the same port number) that does what its script says; closed when the test ends.
 */
export async function startScriptedDns(
  t: Pick<Test, 'teardown'>,
  script: DnsScript,
  options: ScriptedDnsOptions = {},
): Promise<ScriptedDns> {
  const { host = '127.0.0.1' } = options;
  const queries: { bytes: Buffer; transport: 'udp' | 'tcp'; port: number }[] = [];
  const connections = new Set<Socket>();
  const late = new Set<NodeJS.Timeout>();
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const ask = (bytes: Buffer, transport: 'udp' | 'tcp', port: number): readonly DnsAct[] => {
    queries.push({ bytes, transport, port });
    reach();
    return script(bytes, transport);
  };
  const onConnection = (socket: Socket): void => {
    connections.add(socket);
    reach();
    socket.on('close', () => connections.delete(socket));
    // A client that resets is part of many a test.
    socket.on('error', () => socket.destroy());
    serveTcp(socket, (bytes) => ask(bytes, 'tcp', socket.remotePort ?? 0));
  };
  const server =
    options.tls === undefined ? net.createServer(onConnection) : tls.createServer(options.tls, onConnection);
  server.on('tlsClientError', () => undefined);
  const { udp, port } = await bindBoth(server, host, options.port);
  udp.on('message', (bytes, peer) => {
    const send = (message: Buffer): void => udp.send(message, peer.port, peer.address);
    for (const act of ask(bytes, 'udp', peer.port)) {
      if (Buffer.isBuffer(act)) send(act);
      else if (typeof act === 'object' && 'later' in act) {
        const timer = setTimeout(() => {
          late.delete(timer);
          send(act.later);
        }, LATER_MS);
        late.add(timer);
      }
    }
  });
  t.teardown(() => {
    for (const timer of late) clearTimeout(timer);
    udp.close();
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const target = joinHostPort(host, port);
  return { port, target, queries, open: () => connections.size + connectedUdp(port), reached };
}

/**
 * Binds a server and a socket for datagrams to one port of `host`. The number of a free TCP port is not always free for
 * UDP.
 */
export async function bindBoth(
  server: net.Server,
  host: string,
  wanted = 0,
): Promise<{ udp: dgram.Socket; port: number }> {
  for (;;) {
    const udp = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    udp.bind(wanted, host);
    await once(udp, 'listening');
    const { port } = udp.address();
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return { udp, port };
    } catch (error) {
      udp.close();
      if (wanted !== 0) throw error;
    }
  }
}

function serveTcp(socket: Socket, ask: (bytes: Buffer) => readonly DnsAct[]): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
    const query = received.subarray(2, 2 + received.readUInt16BE(0));
    received = Buffer.alloc(0);
    for (const act of ask(query)) {
      if (act === 'close') socket.end();
      else if (Buffer.isBuffer(act)) socket.write(framed(act));
      else socket.write('raw' in act ? act.raw : framed(act.later));
    }
  });
}

/** A message behind its length, as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length, 0);
  return Buffer.concat([length, message]);
}

/** Sockets of this machine that are connected to a UDP port, by the kernel's own account (on Linux; none elsewhere). */
function connectedUdp(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/udp', '/proc/net/udp6']
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line.trim().split(/\s+/)[2]?.endsWith(`:${hex}`) === true).length;
}
