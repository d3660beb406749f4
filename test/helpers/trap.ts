import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import type { Test } from 'tap';

/** A port at which nobody should arrive: TCP and UDP, of IPv4 and, where there is one, of the IPv6 loopback. */
export interface Trap {
  readonly port: number;
  /** Connections and datagrams so far. */
  readonly arrived: () => number;
}

/** Sets a trap on the loopback; taken away when the test ends. */
export async function setTrap(t: Test): Promise<Trap> {
  let arrived = 0;
  const take = (socket: net.Socket): void => {
    arrived++;
    socket.destroy();
  };
  const server = net.createServer(take);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const six = net.createServer(take).on('error', () => undefined);
  six.listen(port, '::1');
  const udp = dgram.createSocket('udp4', () => arrived++);
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  t.teardown(() => {
    server.close();
    six.close();
    udp.close();
  });
  return { port, arrived: () => arrived };
}
