import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startSonde } from '../helpers/peer.js';
import { KillRounds, workDone } from '../helpers/push/kill-rounds.js';
import type { ChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { until } from '../helpers/until.js';

t.setTimeout(300_000);

/** After how many answers the service is killed, round by round. */
const ROUNDS = [1, 40, 100] as const;

function fileOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-durable-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return join(folder, 'metrics');
}

function start(file: string, args: readonly string[] = []): Promise<ChildService> {
  return startSonde([`--persistence.file=${file}`, ...args], { command: 'pushgateway' });
}

t.test('kill -9 loses nothing that was answered', async (t) => {
  const file = fileOf(t);
  const rounds = new KillRounds(() => start(file, ['--web.enable-admin-api']));
  t.teardown(() => rounds.stop());
  for (const [round, answers] of ROUNDS.entries()) {
    t.same((await rounds.run({ answers })).faults, [], `round ${round}`);
  }
});

t.test('a damaged store is said at the start and by /-/ready; pushes are refused; nothing is emptied', async (t) => {
  const file = fileOf(t);
  const first = await start(file);
  await httpGet(first.address, '/metrics/job/a', { method: 'PUT', body: 'work_done 1\n' });
  await first.stop();
  const logs = readdirSync(`${file}.leveldb`).filter((name) => name.endsWith('.log'));
  for (const name of logs) truncateSync(join(`${file}.leveldb`, name), 0);
  const damaged = await start(file);
  t.teardown(() => damaged.stop());
  t.match(damaged.output(), /level=ERROR.*is damaged: .*--persistence\.repair/);
  const ready = await httpGet(damaged.address, '/-/ready');
  t.equal(ready.status, 503);
  t.match(ready.text, /is damaged/);
  const push = await httpGet(damaged.address, '/metrics/job/b', { method: 'PUT', body: 'work_done 2\n' });
  t.equal(push.status, 503);
  t.match(push.text, /is damaged/);
  t.equal((await httpGet(damaged.address, '/metrics/job/a', { method: 'DELETE' })).status, 503);
  for (const path of ['/metrics', '/api/v1/metrics']) {
    const shown = await httpGet(damaged.address, path);
    t.equal(shown.status, 503, `${path} does not say that there are no groups`);
    t.match(shown.text, /is damaged/);
  }
  t.equal((await httpGet(damaged.address, '/api/v1/status')).status, 200);
  t.match((await httpGet(damaged.address, '/')).text, 'Nothing can be pushed');
  t.equal((await httpGet(damaged.address, '/-/healthy')).status, 200);
  await damaged.stop();
  const repaired = await start(file, ['--persistence.repair']);
  t.teardown(() => repaired.stop());
  t.equal((await httpGet(repaired.address, '/-/ready')).status, 200);
  t.match(repaired.output(), /has been repaired/);
  t.equal((await httpGet(repaired.address, '/metrics/job/b', { method: 'PUT', body: 'work_done 2\n' })).status, 200);
});

t.test('a store that another process has is taken over when that one ends', async (t) => {
  const file = fileOf(t);
  const first = await start(file);
  t.teardown(() => first.stop());
  await httpGet(first.address, '/metrics/job/a', { method: 'PUT', body: 'work_done 1\n' });
  const second = await start(file);
  t.teardown(() => second.stop());
  t.match((await httpGet(second.address, '/-/ready')).text, /in use by another process/);
  await first.stop();
  await until(async () => (await httpGet(second.address, '/-/ready')).status === 200, 'the second is ready');
  t.same([...(await workDone(second.address))], [['a', 1]]);
  t.equal((await httpGet(second.address, '/metrics/job/b', { method: 'PUT', body: 'work_done 2\n' })).status, 200);
});

t.test("upstream's file is left alone", async (t) => {
  const file = fileOf(t);
  writeFileSync(file, 'a file of another program');
  const service = await start(file);
  t.teardown(() => service.stop());
  t.match(service.output(), /level=ERROR msg="The file is of another program/);
  t.equal((await httpGet(service.address, '/metrics/job/a', { method: 'PUT', body: 'work_done 1\n' })).status, 200);
  t.equal(readFileSync(file, 'utf8'), 'a file of another program');
});
