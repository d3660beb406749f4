import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** What happens to a server's bytes: all passes, or something at the byte of this number. */
export interface Damage {
  readonly act: 'none' | 'reset' | 'close' | 'stop' | 'flip' | 'insert';
  /** How many bytes pass before. */
  readonly at: number;
}

export interface CuttingRelay {
  readonly port: number;
  /** How many bytes servers sent over the connections so far that were let through whole. */
  readonly passed: () => number;
}

/**
 * Relays connections to `port` of 127.0.0.1 and damages what the server says, each connection as `next` says; closed
 * when the test ends.
 */
export async function startCuttingRelay(t: Test, port: number, next: () => Damage): Promise<CuttingRelay> {
  const sockets = new Set<net.Socket>();
  let passed = 0;
  const track = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const relay = net.createServer({ allowHalfOpen: true }, (client) => {
    const damage = next();
    const server = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      track(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.on('data', (chunk) => server.write(chunk));
    client.on('end', () => server.end());
    let seen = 0;
    server.on('data', (chunk) => {
      if (damage.act === 'stop' && seen > damage.at) return;
      const before = seen;
      seen += chunk.length;
      passed += chunk.length;
      if (damage.act === 'none' || damage.at < before || damage.at >= seen) client.write(chunk);
      else hurt(client, chunk, { ...damage, at: damage.at - before });
    });
    server.on('end', () => {
      if (damage.act !== 'stop' || seen <= damage.at) client.end();
    });
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return { port: (relay.address() as AddressInfo).port, passed: () => passed };
}

function hurt(client: net.Socket, chunk: Buffer, { act, at }: Damage): void {
  const before = chunk.subarray(0, at);
  const rest = chunk.subarray(at);
  switch (act) {
    case 'reset':
      client.write(before, () => client.resetAndDestroy());
      return;
    case 'close':
      client.end(before);
      return;
    case 'stop':
      client.write(before);
      return;
    case 'insert':
      client.write(Buffer.concat([before, Buffer.of(0xff, 0, 0x0d, 0x0a), rest]));
      return;
    default:
      client.write(Buffer.concat([before, rest.map((byte, index) => (index === 0 ? byte ^ 0xa5 : byte))]));
  }
}
