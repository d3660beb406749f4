import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type ChildService, startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { until } from '../helpers/until.js';

// A process that may open no more files (EMFILE): each service says so where it must, and works again once it may.

t.setTimeout(300_000);

const SONDE = fileURLToPath(new URL('../../../bin/sonde', import.meta.url));
const MOST_FILES = 80;
const CLIENTS = 150;

async function startTarget(t: Test): Promise<string> {
  const server = createServer((_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Starts all services in a process that may have few files open. */
function startLimited(t: Test, ...flags: readonly string[]): Promise<ChildService> {
  const dir = t.testdir({ 'b.yml': 'modules: {web: {prober: http}}\n' });
  const any = '127.0.0.1:0';
  const args = ['all', `--config.file=${dir}/b.yml`, `--web.listen-address=${any}`, ...flags];
  const beside = [`--pushgateway.listen-address=${any}`, `--node.listen-address=${any}`];
  return startChildService({
    command: '/bin/sh',
    // The test runner would have the process load hooks of its own, which open many files.
    args: [
      '-c',
      `unset NODE_OPTIONS; ulimit -n ${MOST_FILES} && exec "$0" "$@"`,
      process.execPath,
      SONDE,
      ...args,
      ...beside,
    ],
    ready: /"Node metrics are ready" addresses=(\S+)/,
    startSeconds: 60,
  });
}

const addressOf = (service: ChildService, name: string): string =>
  new RegExp(`"${name}" addresses=(\\S+)`).exec(service.output())?.[1] ?? '';

/** How often it has said that descriptors are used up, by clients of one port or of any. */
const linesOf = (service: ChildService, port = '\\d+'): number =>
  service.output().match(new RegExp(`Nearly all file descriptors.*port ${port} `, 'g'))?.length ?? 0;

/** Connections that say nothing, until `release`. */
function occupy(address: string): () => void {
  const [host, port] = address.split(':');
  const sockets = Array.from({ length: CLIENTS }, () => {
    const socket = net.connect(Number(port), host);
    socket.on('error', () => undefined);
    return socket;
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

for (const flags of [[], ['--workers=2']]) {
  t.test(`descriptors are used up, and free again: ${flags.join() || 'one process'}`, async (t) => {
    const target = await startTarget(t);
    const service = await startLimited(t, ...flags);
    t.teardown(() => service.stop('SIGKILL'));
    const prober = addressOf(service, 'Sonde is ready');
    const pushgateway = addressOf(service, 'Pushgateway is ready');
    const requests = {
      probe: () => httpGet(prober, `/probe?module=web&target=${encodeURIComponent(target)}`),
      push: () => httpGet(pushgateway, '/metrics/job/j', { method: 'PUT', body: 'a 1\n' }),
      node: () => httpGet(service.address, '/metrics?collect[]=loadavg'),
      metrics: () => httpGet(prober, '/metrics'),
    };
    for (const address of [prober, pushgateway, service.address]) {
      const release = occupy(address);
      // At the one before, a request may have met the end of the descriptors, and each says so now and then only.
      await until(() => linesOf(service, address.split(':')[1]) > 0, 'the log says that there are too many');
      // Whoever gets through is answered, or is told; nobody waits for ever.
      for (const [name, request] of Object.entries(requests)) {
        const answer = await request().catch((error: unknown) => error);
        t.ok(answer instanceof Error || 'status' in (answer as object), `${name} has an end`);
      }
      release();
      for (const [name, request] of Object.entries(requests)) {
        await until(
          async () =>
            request().then(
              ({ status, text }) => status === 200 && !/^probe_success 0$/m.test(text),
              () => false,
            ),
          `${name} works again`,
        );
      }
    }
    const said = linesOf(service);
    t.ok(said < CLIENTS, `${said} lines for ${3 * CLIENTS} connections`);
    t.match((await requests.metrics()).text, /^sonde_internal_errors_total 0$/m);
    t.equal(await service.stop(), 0, service.output());
  });
}
