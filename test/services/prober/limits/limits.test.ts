import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../../src/config/load-config.js';
import { allProbers } from '../../../../src/probers/all-probers.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { startStreamServer } from '../../../helpers/servers/stream-server.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { testProberDeps } from '../../../helpers/services/prober-deps.js';
import { startApp } from '../../../helpers/services/start-app.js';
import { until } from '../../../helpers/until.js';

const YAML = 'modules: {slow: {prober: tcp, tcp: {query_response: [{expect: done}]}}}';
const TIMEOUT = { headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '10.5' } };

/** A service with limits, real slow targets that answer when they are told, and a clock that is moved by hand. */
async function start(t: Test, limits: { total?: number; perClient?: number; perTarget?: number }) {
  const clock = new ManualClock();
  const { modules } = await loadConfig(YAML, 'test.yml', allProbers(testProberDeps()));
  const app = await startApp({
    modules: [...modules.values()],
    clock,
    options: { limits: { total: 0, perClient: 0, perTarget: 0, ...limits } },
  });
  t.teardown(() => app.stop(0));
  const sockets: Socket[] = [];
  const server = await startStreamServer(t, (socket) => sockets.push(socket));
  const ask = (signal?: AbortSignal) =>
    httpGet(app.address, `/probe?module=slow&target=${server.target}`, { ...TIMEOUT, ...(signal && { signal }) });
  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (\\S+)$`, 'm').exec((await httpGet(app.address, '/metrics')).text)?.[1];
  const get = (path: string) => httpGet(app.address, path);
  return { clock, sockets, ask, metric, get };
}

t.test('what has no turn in time is overloaded, and has dialled nothing', async (t) => {
  const { clock, sockets, ask, metric, get } = await start(t, { total: 1 });
  const first = ask();
  await until(() => sockets.length === 1, 'the first is dialled');
  const others = [ask(), ask()];
  await until(async () => (await metric('sonde_probes_waiting')) === '2', '2 wait');
  t.equal(await metric('sonde_probes_in_flight'), '1');
  clock.advance(10.1);
  for (const { status, text } of await Promise.all(others)) {
    t.equal(status, 200);
    t.match(text, /^probe_success 0$/m);
    t.match(text, /^probe_failure_info\{phase="setup",reason="overloaded"\} 1$/m);
  }
  t.match((await first).text, /reason="\w*time/);
  t.equal(sockets.length, 1);
  t.equal(await metric('sonde_probes_overloaded_total'), '2');
  t.equal(await metric('sonde_probes_waiting'), '0');
  t.match((await get('/api/v1/probes')).text, /"reason":\s*"overloaded"/);
});

t.test('what waits runs in the time that is left', async (t) => {
  const { clock, sockets, ask, metric } = await start(t, { perTarget: 1 });
  const first = ask();
  await until(() => sockets.length === 1, 'the first is dialled');
  const second = ask();
  await until(async () => (await metric('sonde_probes_waiting')) === '1', 'it waits');
  clock.advance(4);
  sockets[0]?.end('done\n');
  t.match((await first).text, /^probe_success 1$/m);
  await until(() => sockets.length === 2, 'the second is dialled');
  sockets[1]?.end('done\n');
  const { text } = await second;
  t.match(text, /^probe_success 1$/m);
  t.match(text, /^probe_queue_seconds 4$/m);
  t.match(text, /^probe_timeout_seconds 10$/m);
  t.notMatch((await first).text, 'probe_queue_seconds');
});

t.test('a client that leaves the queue is not probed for', async (t) => {
  const { sockets, ask, metric } = await start(t, { perClient: 1 });
  const first = ask();
  await until(() => sockets.length === 1, 'the first is dialled');
  const abort = new AbortController();
  const gone = ask(abort.signal);
  gone.catch(() => undefined);
  await until(async () => (await metric('sonde_probes_waiting')) === '1', '1 wait');
  abort.abort();
  await t.rejects(gone);
  await until(async () => (await metric('sonde_probes_waiting')) === '0', '0 wait');
  sockets[0]?.end('done\n');
  t.match((await first).text, /^probe_success 1$/m);
  t.equal(sockets.length, 1);
  t.equal(await metric('sonde_probes_overloaded_total'), '0');
});
