import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type ChildService, startChildService } from '../../../helpers/services/child-service.js';
import { type HttpAnswer, httpGet } from '../../../helpers/services/http-get.js';
import { until } from '../../../helpers/until.js';

t.setTimeout(300_000);

const SONDE = fileURLToPath(new URL('../../../../../bin/sonde', import.meta.url));

const MODULES = `
  plain: {prober: http, timeout: 20s}
  short: {prober: http, timeout: 1s}
  secret: {prober: http, timeout: 20s, http: {headers: {X-Key: "\${ENV:SONDE_TEST_KEY}"}, fail_if_body_not_matches_regexp: [nowhere]}}
  shaped: {prober: http, timeout: 20s, params: {word: {type: string, required: true}}, http: {headers: {X-Word: "\${param.word}"}}}
`;

/** A target that answers at once, or never at paths with `slow`. Counts what it has at the same time. */
interface Target {
  readonly url: string;
  readonly server: Server;
  readonly open: () => number;
  readonly most: () => number;
  readonly headers: string[];
  readonly releaseAll: () => void;
}

async function startTarget(t: Test): Promise<Target> {
  const waiting = new Set<() => void>();
  const headers: string[] = [];
  let most = 0;
  const server = createServer((request, response) => {
    headers.push(JSON.stringify(request.headers));
    if (!String(request.url).includes('slow')) {
      response.end('hello');
      return;
    }
    const release = (): void => {
      waiting.delete(release);
      response.end('late');
    };
    waiting.add(release);
    response.once('close', () => waiting.delete(release));
    most = Math.max(most, waiting.size);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const releaseAll = (): void => {
    for (const release of [...waiting]) release();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, server, open: () => waiting.size, most: () => most, headers, releaseAll };
}

interface Service extends ChildService {
  readonly config: string;
  readonly probe: (module: string, target: string, more?: string) => Promise<HttpAnswer>;
  readonly metric: (series: string) => Promise<number>;
}

async function startService(t: Test, ...args: readonly string[]): Promise<Service> {
  const config = path.join(t.testdir({ 'b.yml': `modules:${MODULES}` }), 'b.yml');
  const service = await startChildService({
    command: process.execPath,
    args: [SONDE, `--config.file=${config}`, '--web.listen-address=127.0.0.1:0', ...args],
    ready: /Sonde is ready" addresses=(\S+)/,
    env: { SONDE_TEST_KEY: 'key-of-a-test' },
    startSeconds: 60,
  });
  t.teardown(() => service.stop('SIGKILL'));
  const probe: Service['probe'] = (module, target, more = '') =>
    httpGet(service.address, `/probe?module=${module}&target=${encodeURIComponent(target)}${more}`);
  const metric: Service['metric'] = async (series) => {
    const { text } = await httpGet(service.address, '/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? NaN);
  };
  return { ...service, config, probe, metric };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

const isThere = (pid: number): boolean => parentOf(pid) !== undefined && !/^State:\s+Z/m.test(statusOf(pid));

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State: Z';
  }
}

t.test('one worker is the process itself', async (t) => {
  const target = await startTarget(t);
  const service = await startService(t);
  t.match((await service.probe('plain', target.url)).text, /^probe_success 1$/m);
  t.same(childrenOf(service.pid), []);
  t.notMatch((await httpGet(service.address, '/metrics')).text, /sonde_worker/);
});

t.test('two workers: one history, one page of metrics', async (t) => {
  t.setTimeout(300_000);
  const target = await startTarget(t);
  const service = await startService(t, '--workers=2', '--probe.max-in-flight=3', '--probe.uncertainty');
  const workers = childrenOf(service.pid);
  t.equal(workers.length, 2);

  await t.test('probes are spread, and all are shown', async (t) => {
    for (let count = 0; count < 6; count++) {
      t.match((await service.probe('plain', `${target.url}/${count}`)).text, /^probe_success 1$/m);
    }
    const { text } = await httpGet(service.address, '/metrics');
    t.match(text, /^sonde_workers 2$/m);
    t.match(text, /^sonde_worker_probes_total\{worker="1"\} 3$/m);
    t.match(text, /^sonde_worker_probes_total\{worker="2"\} 3$/m);
    t.match(text, /^sonde_probe_duration_seconds_count\{module="plain",outcome="success"\} 6$/m);
    const targets = JSON.parse((await httpGet(service.address, '/api/v1/probes')).text) as { probes: unknown[] };
    t.equal(targets.probes.length, 6);
    for (let id = 0; id < 6; id++) t.match((await httpGet(service.address, `/logs?id=${id}`)).text, /Probe succeeded/);
    t.match((await httpGet(service.address, '/')).text, new RegExp(`${target.url}/5`));
  });

  await t.test('what a process takes is the sum of all', async (t) => {
    const { text } = await httpGet(service.address, '/metrics');
    const value = (series: RegExp): number[] => [...text.matchAll(series)].map(([, found]) => Number(found));
    const [sum = 0] = value(/^process_resident_memory_bytes (\S+)$/gm);
    const each = value(/^sonde_worker_resident_memory_bytes\{worker="\d"\} (\S+)$/gm);
    t.equal(each.length, 2);
    t.ok(sum > each[0]! + each[1]! + 20e6, `${sum} of ${each.join(', ')}`);
    const [cpu = 0] = value(/^process_cpu_seconds_total (\S+)$/gm);
    const ofWorkers = value(/^sonde_worker_cpu_seconds_total\{worker="\d"\} (\S+)$/gm);
    t.ok(cpu > ofWorkers[0]! + ofWorkers[1]!);
    t.equal(value(/^sonde_worker_eventloop_lag_max_seconds/gm).length, 2);
  });

  await t.test('the limit holds for all workers together', async (t) => {
    const answers = Array.from({ length: 8 }, (_, count) => service.probe('plain', `${target.url}/slow/${count}`));
    await until(() => target.open() === 3, 'three probes run');
    await until(async () => (await service.metric('sonde_probes_waiting')) === 5, 'the others wait');
    t.equal(await service.metric('sonde_probes_in_flight'), 3);
    const timer = setInterval(target.releaseAll, 5);
    for (const { text } of await Promise.all(answers)) t.match(text, /^probe_success 1$/m);
    clearInterval(timer);
    t.equal(target.most(), 3);
  });

  await t.test('a client that leaves ends its probe in the worker', async (t) => {
    const leave = new AbortController();
    const path = `/probe?module=plain&target=${encodeURIComponent(`${target.url}/slow`)}`;
    const left = httpGet(service.address, path, { signal: leave.signal }).catch(() => 'left');
    await until(() => target.open() === 1, 'the probe runs');
    leave.abort();
    t.equal(await left, 'left');
    await until(() => target.open() === 0, 'the probe has ended');
    await until(async () => (await service.metric('sonde_probes_in_flight')) === 0, 'nothing runs');
  });

  await t.test('secrets stay masked, and parameters are filled in', async (t) => {
    const { text } = await service.probe('secret', target.url, '&debug=true');
    t.match(text, /body_mismatch/);
    t.notMatch(text, /key-of-a-test/);
    t.ok(target.headers.some((seen) => seen.includes('"x-key":"key-of-a-test"')));
    const withLogin = await service.probe('plain', target.url.replace('//', '//user:word-in-target@'), '&debug=true');
    t.match(withLogin.text, /^probe_success 1$/m);
    t.notMatch(withLogin.text, /word-in-target/);
    t.match(withLogin.text, /^probe_measurement_uncertainty_seconds \S+$/m);
    t.match((await service.probe('shaped', target.url, '&word=eins')).text, /^probe_success 1$/m);
    t.ok(target.headers.some((seen) => seen.includes('"x-word":"eins"')));
    t.equal((await service.probe('shaped', target.url)).status, 400);
  });

  await t.test('a broken file changes no worker, a good one all', async (t) => {
    writeFileSync(service.config, `modules:${MODULES}  new: {prober: http, http: {valid_status_codes: [no]}}\n`);
    const broken = await httpGet(service.address, '/-/reload', { method: 'POST' });
    t.equal(broken.status, 500);
    t.equal((await service.probe('new', target.url)).status, 400);
    for (let count = 0; count < 4; count++) t.equal((await service.probe('plain', target.url)).status, 200);
    writeFileSync(service.config, `modules:${MODULES}  new: {prober: http, http: {valid_status_codes: [404]}}\n`);
    process.kill(service.pid, 'SIGHUP');
    await until(async () => (await service.probe('new', target.url)).status === 200, 'the new file is in force');
    for (let count = 0; count < 4; count++) {
      t.match((await service.probe('new', target.url)).text, /reason="status_code_mismatch"/);
    }
  });

  await t.test('a worker that is killed under load is replaced', async (t) => {
    const slow = [1, 2].map((each) => service.probe('plain', `${target.url}/slow/${each}`));
    await until(() => target.open() === 2, 'each worker has a probe in hand');
    process.kill(workers[0]!, 'SIGKILL');
    const first = await Promise.race(slow);
    t.equal(first.status, 503, 'what it had in hand');
    t.match(first.text, /worker that ran the probe has ended/);
    for (let count = 0; count < 20; count++) {
      t.match((await service.probe('plain', target.url)).text, /^probe_success 1$/m, 'others go on');
    }
    target.releaseAll();
    t.same((await Promise.all(slow)).map(({ status }) => status).sort(), [200, 503]);
    await until(async () => (await service.metric('sonde_workers')) === 2, 'there are two workers again');
    t.equal(await service.metric('sonde_worker_restarts_total'), 1);
    t.equal(await service.metric('sonde_worker_probes_lost_total'), 1);
    for (let count = 0; count < 4; count++) t.match((await service.probe('plain', target.url)).text, /success 1$/m);
    t.match(service.output(), /A worker has ended.*worker=1 how="signal SIGKILL" probes_in_hand=1/);
  });

  await t.test('a worker that hangs is ended', async (t) => {
    const hanging = childrenOf(service.pid);
    for (const pid of hanging) process.kill(pid, 'SIGSTOP');
    t.equal((await service.probe('short', target.url)).status, 503);
    for (const pid of hanging) if (isThere(pid)) process.kill(pid, 'SIGCONT');
    await until(async () => (await service.metric('sonde_workers')) === 2, 'there are two workers again');
    t.match(service.output(), /A worker does not answer, it is ended/);
  });

  await t.test('SIGTERM ends all', async (t) => {
    const living = childrenOf(service.pid);
    for (const pid of living) process.kill(pid, 'SIGTERM');
    t.match((await service.probe('plain', target.url)).text, /^probe_success 1$/m, 'a worker takes no signal');
    t.equal(await service.stop(), 0);
    await until(() => !living.some(isThere), 'the workers are gone');
  });
});

t.test('workers do not outlive the first process', async (t) => {
  const service = await startService(t, '--workers=2');
  const workers = childrenOf(service.pid);
  t.equal(workers.length, 2);
  await service.stop('SIGKILL');
  await until(() => !workers.some(isThere), 'the workers are gone');
});
