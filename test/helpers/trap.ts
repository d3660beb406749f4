import net from 'node:net';
import type { Test } from 'tap';
import { bindBoth } from './servers/scripted-dns.js';

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
  const { udp, port } = await bindBoth(server, '127.0.0.1');
  udp.on('message', () => arrived++);
  const six = net.createServer(take).on('error', () => undefined);
  six.listen(port, '::1');
  t.teardown(() => {
    server.close();
    six.close();
    udp.close();
  });
  return { port, arrived: () => arrived };
}
