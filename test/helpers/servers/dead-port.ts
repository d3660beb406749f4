import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * A port of 127.0.0.1 that nothing listens at. It is below those that the system gives away by itself, and in a block
 * that no other process of tests has, so that it goes to no other test meanwhile, neither for a server nor for the
 * client's end of a connection.
 */
export async function deadPort(): Promise<number> {
  for (;;) {
    if (left.length === 0) left.push(...(await claimBlock()));
    const [port = 0] = left.splice(randomInt(left.length), 1);
    const server = createServer();
    if (!(await listens(server, { host: '127.0.0.1', port }))) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Linux gives ports from 32768 on away; a cluster of Redis also listens ten thousand above its port. */
const LOWEST_PORT = 11_000;
const BLOCK = 100;
const BLOCKS = 100;
/** The ports of this process that it has not given away. */
const left: number[] = [];

/** The ports of a block that is this process's own as long as it lives, which a socket without a file stands for. */
async function claimBlock(): Promise<readonly number[]> {
  for (;;) {
    const first = LOWEST_PORT + BLOCK * randomInt(BLOCKS);
    // Elsewhere than on Linux, there are none: then chance has to do.
    const path = `\0sonde-test-ports-${first}`;
    if (process.platform === 'linux' && !(await listens(createServer().unref(), { path }))) continue;
    return Array.from({ length: BLOCK }, (_, index) => first + index);
  }
}

async function listens(
  server: Server,
  at: { readonly path: string } | { readonly host: string; readonly port: number },
) {
  server.listen(at);
  return once(server, 'listening').then(
    () => true,
    () => false,
  );
}
