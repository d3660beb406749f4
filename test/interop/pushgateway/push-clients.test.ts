import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcrypt';
import client from 'prom-client';
import t, { type Test } from 'tap';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { readExposition } from '../../helpers/exposition.js';
import { findInPath, findPrometheusServers, REPOSITORY, startSonde } from '../../helpers/peer.js';
import { PYTHON_ENV, pythonHas } from '../../helpers/python.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { buildGo, findGo } from '../servers/golang.js';
import { readCourse } from '../whole/course.js';

t.setTimeout(500_000);

const FIXTURES = join(REPOSITORY, 'test/fixtures/push-clients');

function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-push-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function startPushgateway(t: Test, args: readonly string[] = []): Promise<string> {
  const service = await startSonde(args, { command: 'pushgateway' });
  t.teardown(() => service.stop());
  return service.address;
}

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program to its end; one that hangs is ended after four minutes. */
function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const { cwd, env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 240_000,
      env: { ...process.env, ...env },
      ...(cwd !== undefined && { cwd }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** All series of a scrape, with their values. */
async function scrape(address: string): Promise<ReadonlyMap<string, string>> {
  const { status, text } = await httpGet(address, '/metrics');
  if (status !== 200) throw new Error(`Cannot scrape: ${status} ${text}`);
  return new Map([...readExposition(text).values()].flatMap(({ series }) => [...series]));
}

/** The series whose names begin with `prefix`. */
async function scrapeOf(address: string, prefix: string): Promise<Record<string, string>> {
  return Object.fromEntries([...(await scrape(address))].filter(([name]) => name.startsWith(prefix)));
}

const course = readCourse();
const curl = findInPath('curl') === undefined ? 'no curl in PATH' : false;

t.test('the commands of the course push with curl and with Python, and delete', { skip: curl }, async (t) => {
  const address = await startPushgateway(t);
  const located = (text: string): string => text.replaceAll('pushgateway:9091', address);
  const pushed = await run('bash', ['-ec', located(course.pushCommands)]);
  t.equal(pushed.code, 0, pushed.output);
  const found = await scrapeOf(address, 'backup_');
  const group = '{instance="server1",job="backup"}';
  t.same(Object.keys(found).sort(), [
    `backup_duration_seconds${group}`,
    'backup_last_success_timestamp{instance="",job="backup"}',
    `backup_last_success_timestamp${group}`,
    `backup_size_bytes${group}`,
  ]);
  t.equal(found[`backup_duration_seconds${group}`], '542');
  t.equal(found[`backup_size_bytes${group}`], '1.073741824e+09');
  const deleted = await run('bash', ['-ec', located(course.deletion)]);
  t.equal(deleted.code, 0, deleted.output);
  t.same(Object.keys(await scrapeOf(address, 'backup_')), ['backup_last_success_timestamp{instance="",job="backup"}']);
  if (!pythonHas('prometheus_client')) return;
  const ran = await run('python3', ['-c', located(course.pushProgram)], { env: PYTHON_ENV });
  t.equal(ran.code, 0, ran.output);
  t.same(Object.keys(await scrapeOf(address, 'job_last')), ['job_last_success_timestamp{instance="",job="backup"}']);
});

t.test("the course's script pushes at the end of a backup", { skip: curl }, async (t) => {
  const address = await startPushgateway(t);
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'latest'));
  writeFileSync(join(folder, 'latest/data'), 'x'.repeat(1000));
  writeFileSync(join(folder, 'backup.sh'), '#!/bin/sh\nexit 0\n');
  chmodSync(join(folder, 'backup.sh'), 0o755);
  const script = course.batchScript
    .replaceAll('pushgateway:9091', address)
    .replaceAll('/usr/local/bin/backup.sh', join(folder, 'backup.sh'))
    .replaceAll('/backup/latest', join(folder, 'latest'));
  const { code, output } = await run('bash', ['-c', script]);
  t.equal(code, 0, output);
  const series = await scrape(address);
  const families = readExposition((await httpGet(address, '/metrics')).text);
  t.equal(families.get('backup_success')?.help, 'Whether the backup succeeded');
  t.equal(families.get('backup_success')?.type, 'gauge');
  const values = [...series]
    .filter(([name]) => name.startsWith('backup_'))
    .map(([name, value]) => [name.replace(/\{.*/, ''), Number(value)] as const);
  t.same(values.map(([name]) => name).sort(), [
    'backup_duration_seconds',
    'backup_last_run_timestamp',
    'backup_size_bytes',
    'backup_success',
  ]);
  t.equal(new Map(values).get('backup_success'), 1);
  t.ok((new Map(values).get('backup_size_bytes') ?? 0) >= 1000);
});

const noPython = pythonHas('prometheus_client') ? false : 'no python3-prometheus-client here';
t.test('prometheus_client of Python pushes, adds and deletes', { skip: noPython }, async (t) => {
  const address = await startPushgateway(t);
  const webConfig = join(temporaryFolder(t), 'web.yml');
  writeFileSync(webConfig, `basic_auth_users: { user: '${await hash('secret', 4)}' }\n`);
  const guarded = await startPushgateway(t, [`--web.config.file=${webConfig}`]);
  const args = [join(FIXTURES, 'push.py'), address, guarded, 'user', 'secret'];
  const { code, output } = await run('python3', args, { env: PYTHON_ENV });
  t.equal(code, 0, output);
  t.match(output, 'refused with 401');
  const authorization = `Basic ${Buffer.from('user:secret').toString('base64')}`;
  const { text } = await httpGet(guarded, '/metrics', { headers: { authorization } });
  t.match(text, '\npy_user{instance="",job="py_user"} 1\n');
  t.notMatch(text, 'py_nobody');
  const series = await scrapeOf(address, 'py_');
  const timeless = Object.entries(series).filter(([name]) => !name.includes('_created') && !name.startsWith('py_here'));
  t.same(Object.fromEntries(timeless), {
    'py_last_success_timestamp{host="a\\"b\\\\c\\nd",instance="",job="py+batch"}': '1.5e+09',
    'py_rows_total{instance="",job="py+batch"}': '3',
    'py_summary_count{instance="",job="py+batch"}': '1',
    'py_summary_sum{instance="",job="py+batch"}': '2',
    'py_seconds_bucket{instance="",job="py+batch",le="0.1"}': '0',
    'py_seconds_bucket{instance="",job="py+batch",le="1"}': '1',
    'py_seconds_bucket{instance="",job="py+batch",le="+Inf"}': '1',
    'py_seconds_count{instance="",job="py+batch"}': '1',
    'py_seconds_sum{instance="",job="py+batch"}': '0.5',
    'py_after{instance="",job="py_replaced"}': '2',
    'py_first{empty="",instance="",job="py_added",path="/a/b"}': '1',
    'py_second{empty="",instance="",job="py_added",path="/a/b"}': '2',
  });
  const here = Object.keys(series).filter((name) => name.startsWith('py_here'));
  t.match(here, [/^py_here\{instance="[\d.]+",job="py_instance"\}$/]);
});

t.test('prom-client of Node pushes, adds and deletes', async (t) => {
  const address = await startPushgateway(t);
  const registry = new client.Registry();
  const gauge = new client.Gauge({ name: 'js_gauge', help: 'A gauge.', labelNames: ['a'], registers: [registry] });
  gauge.set({ a: 'x"y' }, 1.25);
  new client.Histogram({ name: 'js_seconds', help: 'A histogram.', buckets: [0.1, 1], registers: [registry] }).observe(
    0.5,
  );
  new client.Summary({ name: 'js_summary', help: 'A summary.', percentiles: [0.5], registers: [registry] }).observe(3);
  const plain = new client.Pushgateway(`http://${address}`, {}, registry);
  await plain.push({ jobName: 'js batch', groupings: { path: 'a b' } });
  const packed = new client.Pushgateway(`http://${address}`, { headers: { 'Content-Encoding': 'gzip' } }, registry);
  await packed.pushAdd({ jobName: 'js_packed' });
  await plain.push({ jobName: 'js_gone' });
  await plain.delete({ jobName: 'js_gone' });
  const series = await scrapeOf(address, 'js_');
  t.equal(series['js_gauge{a="x\\"y",instance="",job="js_packed"}'], '1.25');
  t.equal(series['js_gauge{a="x\\"y",instance="",job="js batch",path="a b"}'], '1.25');
  t.equal(series['js_seconds_bucket{instance="",job="js_packed",le="+Inf"}'], '1');
  t.equal(series['js_summary{instance="",job="js_packed",quantile="0.5"}'], '3');
  t.notOk(Object.keys(series).some((name) => name.includes('js_gone')));
});

/** The libraries that the client needs, from Debian as well. */
const CLIENT_GOLANG = 'src/github.com/prometheus/client_golang/prometheus/push';

const found = findGo();
const golang = found !== undefined && existsSync(join(found.goPath, CLIENT_GOLANG)) ? found : undefined;
t.test(
  "Go's client_golang pushes, adds and deletes",
  { skip: golang ? false : 'no Go with client_golang here' },
  async (t) => {
    if (golang === undefined) throw new Error('there is no Go');
    const address = await startPushgateway(t);
    const folder = temporaryFolder(t);
    const program = buildGo(golang, join(FIXTURES, 'push.go'), folder);
    const pushed = await run(program, [`http://${address}`]);
    t.equal(pushed.code, 0, pushed.output);
    const series = await scrapeOf(address, 'go_');
    // Python's library, and this version of Go's, write the blank as a plus, which a path keeps, with the original
    // Pushgateway too.
    const labels = 'instance="",job="go+batch",path="/a/b"';
    t.equal(series[`go_rows_total{${labels}}`], '42');
    t.equal(series[`go_added{${labels}}`], '1');
    t.equal(series[`go_classic_seconds_bucket{${labels},le="1"}`], '4');
    t.equal(series[`go_native_seconds_count{${labels}}`], '5');
    t.notOk(Object.keys(series).some((name) => name.includes('gone')));
    const { text } = await httpGet(address, '/api/v1/metrics');
    // The documented shape of the API.
    const { data } = JSON.parse(text) as {
      data: Record<string, { metrics: { count: string; buckets: [number, string, string, string][] }[] }>[];
    };
    const native = data[0]?.['go_native_seconds']?.metrics[0];
    t.equal(native?.count, '5');
    t.same(
      native?.buckets.map(([rule, , , count]) => [rule, count]),
      [
        [1, '1'],
        [3, '1'],
        [0, '1'],
        [0, '1'],
        [0, '1'],
      ],
      'a negative bucket, the one around zero, and three positive ones',
    );
  },
);

const servers = findPrometheusServers();
if (servers.length === 0)
  t.test('Prometheus scrapes what was pushed', { skip: 'no prometheus in PATH' }, () => undefined);
for (const server of servers) {
  t.test(`Prometheus ${server.version} scrapes what was pushed, with the labels that it was pushed with`, async (t) => {
    const address = await startPushgateway(t);
    const body = '# TYPE pushed_rows_total counter\npushed_rows_total{kind="a"} 42\n';
    const put = await httpGet(address, '/metrics/job/batch/instance/server1', { method: 'PUT', body });
    t.equal(put.status, 200, put.text);
    await httpGet(address, '/metrics/job/batch', { method: 'POST', body });
    const prometheus = await startPrometheus(t, server, course.pushgatewayJob.replaceAll('pushgateway:9091', address));
    const rows = await queryPrometheus(prometheus, 'pushed_rows_total', 2);
    t.same(
      rows
        .map(({ metric: { job, instance, kind }, value }) => ({ job, instance, kind, value }))
        .sort((a, b) => (String(a.instance) < String(b.instance) ? -1 : 1)),
      [
        { job: 'batch', instance: 'server1', kind: 'a', value: 42 },
        { job: 'batch', instance: undefined, kind: 'a', value: 42 },
      ],
    );
    t.equal((await queryPrometheus(prometheus, 'push_time_seconds{job="batch"}', 2)).length, 2);
    const [up] = await queryPrometheus(prometheus, 'up{job="pushgateway"}', 1);
    t.equal(up?.value, 1);
    t.ok((await queryPrometheus(prometheus, 'pushgateway_build_info{job="pushgateway"}', 1)).length === 1);
  });
}
