import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type ChildService, startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';

// SIGTERM while requests come all the time: what was begun is answered, what comes later is not taken, and the process
// ends with 0.

t.setTimeout(300_000);

const SONDE = fileURLToPath(new URL('../../../bin/sonde', import.meta.url));
const AT_ONCE = 10;
const ANY = '--web.listen-address=127.0.0.1:0';
const READY = /(?:Sonde|Pushgateway|Node metrics|Exporter)[\w ]* (?:is|are) ready" addresses=(\S+)/;

/** Answers a while after it was asked. */
async function startSlowTarget(t: Test): Promise<string> {
  const server = createServer((_, response) => setTimeout(() => response.end('here'), 50));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return encodeURIComponent(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

interface Row {
  readonly name: string;
  readonly args: (folder: string) => readonly string[];
  readonly ask: (service: ChildService, target: string, count: number) => Promise<{ readonly status: number }>;
}

const ROWS: readonly Row[] = [
  {
    name: 'prober',
    args: (folder) => ['serve', `--config.file=${folder}/b.yml`, ANY],
    ask: ({ address }, target) => httpGet(address, `/probe?module=web&target=${target}`),
  },
  {
    name: 'prober with workers',
    args: (folder) => ['serve', `--config.file=${folder}/b.yml`, ANY, '--workers=2'],
    ask: ({ address }, target) => httpGet(address, `/probe?module=web&target=${target}`),
  },
  {
    name: 'pushgateway',
    args: (folder) => ['pushgateway', ANY, `--persistence.file=${folder}/store`],
    ask: ({ address }, _target, count) =>
      httpGet(address, `/metrics/job/j${count % 20}`, { method: 'PUT', body: `a ${count}\n` }),
  },
  {
    name: 'node',
    args: () => ['node', ANY],
    ask: ({ address }) => httpGet(address, '/metrics'),
  },
];

for (const { name, args, ask } of ROWS) {
  t.test(`a stop under load: ${name}`, async (t) => {
    const target = await startSlowTarget(t);
    const folder = t.testdir({ 'b.yml': 'modules: {web: {prober: http}}\n' });
    const service = await startChildService({
      command: process.execPath,
      args: [SONDE, ...args(folder)],
      ready: READY,
      startSeconds: 60,
    });
    t.teardown(() => service.stop('SIGKILL'));
    const counts = { good: 0, odd: 0, refused: 0 };
    let isOver = false;
    const clients = Array.from({ length: AT_ONCE }, async (_, number) => {
      for (let count = number; !isOver && counts.refused < AT_ONCE; count += AT_ONCE) {
        try {
          const { status } = await ask(service, target, count);
          if (status === 200) counts.good++;
          else counts.odd++;
        } catch {
          counts.refused++;
        }
      }
    });
    while (counts.good < 2 * AT_ONCE) await sleep(10);
    const code = await service.stop('SIGTERM', 30);
    isOver = true;
    await Promise.all(clients);
    t.equal(code, 0);
    t.equal(counts.odd, 0, JSON.stringify(counts));
    t.match(service.output(), 'Received SIGTERM, exiting gracefully...');
    t.notMatch(service.output(), /level=ERROR/);
  });
}
