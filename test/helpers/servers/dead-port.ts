import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nothing listens at. It is below those that the system gives away by itself, so that it goes
 * to no other test meanwhile, neither for a server nor for the client's end of a connection.
 */
export async function deadPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (given.has(port)) continue;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    given.add(port);
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Linux gives ports from 32768 on away; a cluster of Redis also listens ten thousand above its port. */
const [LOWEST_PORT, HIGHEST_PORT] = [11_000, 22_768];
const given = new Set<number>();
