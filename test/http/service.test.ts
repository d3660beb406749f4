import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { httpGet } from '../helpers/services/http-get.js';
import { startApp, testModule } from '../helpers/services/start-app.js';

process.env['TZ'] = 'UTC';
const golden = (name: string): string => readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8');

const answer = gauge('probe_answer', 'What was answered');
const good = testModule({
  name: 'good',
  plain: 'prober: test\ntest:\n  password: <secret>\n',
  probe: async (_request, { metrics, log }) => {
    log.info('Asking', { question: 'why not' });
    metrics.set(answer, 42);
  },
});
const bad = testModule({
  name: 'bad',
  probe: () => Promise.reject(new ProbeFailure('tls', 'tls_timeout', 'Too slow', { err: 'context deadline exceeded' })),
});

t.test('debug=true, /logs and the index page, whole', async (t) => {
  const app = await startApp({ modules: [good, bad], clock: new ManualClock() });
  t.teardown(() => app.stop(0));
  const debug = await httpGet(app.address, '/probe?module=good&target=a%3Cb%3E&debug=true');
  t.equal(debug.headers['content-type'], 'text/plain; charset=utf-8');
  t.equal(debug.text, golden('debug-success.txt'));
  t.equal((await httpGet(app.address, '/probe?module=bad&target=t&debug=true')).text, golden('debug-failure.txt'));
  t.equal((await httpGet(app.address, '/logs?id=0')).text, golden('debug-success.txt'));
  t.equal((await httpGet(app.address, '/logs?target=t&module=bad')).text, golden('debug-failure.txt'));
  const index = await httpGet(app.address, '/');
  t.equal(index.headers['content-type'], 'text/html; charset=utf-8');
  t.equal(/<main>\n(.*)<\/main>/s.exec(index.text)?.[1], golden('index.html'));
});

t.test('a password in a target is on no page and in no log line', async (t) => {
  const app = await startApp({ modules: [good, bad], options: { probeLogLevel: 'debug' } });
  t.teardown(() => app.stop(0));
  const targets = ['http://me:geheim@h/', 'HTTPS://me:geheim@h:1/x?y', 'http://me:geh%65im:geheim@h', 'ws://:geheim@h'];
  for (const module of ['good', 'bad']) {
    for (const target of targets) {
      const query = new URLSearchParams({ module, target, debug: 'true' });
      const { text } = await httpGet(app.address, `/probe?${query.toString()}`);
      t.notMatch(text, 'geheim', `${module} ${target}`);
    }
  }
  const index = await httpGet(app.address, '/');
  t.match(index.text, 'http://me:xxxxx@h/');
  for (const [, path = ''] of index.text.matchAll(/href="(logs[^"]*)"/g)) {
    t.notMatch((await httpGet(app.address, `/${path.replaceAll('&amp;', '&')}`)).text, 'geheim', path);
  }
  t.notMatch(index.text, 'geheim');
  t.notMatch(app.logLines.join(''), 'geheim');
});

t.test('debug=true in the log format of the service', async (t) => {
  const app = await startApp({ modules: [bad], clock: new ManualClock(), options: { logFormat: 'json' } });
  t.teardown(() => app.stop(0));
  const debug = await httpGet(app.address, '/probe?module=bad&target=t&debug=true');
  t.match(
    debug.text.split('\n')[2],
    '{"time":"2026-01-02T03:04:05.678Z","level":"ERROR","msg":"Too slow","module":"bad","target":"t","err":"context deadline exceeded","phase":"tls","reason":"tls_timeout"}',
  );
});

const NOSNIFF = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

t.test('the other routes', async (t) => {
  const app = await startApp({ modules: [good] });
  t.teardown(() => app.stop(0));
  await httpGet(app.address, '/probe?module=good&target=t');
  const rows: readonly (readonly [method: string, path: string, status: number, body: string, headers: object])[] = [
    ['GET', '/-/healthy', 200, 'Healthy', { 'content-type': 'text/plain; charset=utf-8' }],
    ['HEAD', '/-/healthy', 200, '', { 'content-length': '7' }],
    ['PUT', '/-/healthy', 200, 'Healthy', {}],
    [
      'GET',
      '/config',
      200,
      'modules: {}\n',
      { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    ],
    [
      'GET',
      '/-/reload',
      405,
      'This endpoint requires a POST request.\n',
      { 'content-type': 'text/plain; charset=utf-8' },
    ],
    ['POST', '/-/reload', 200, '', { 'content-length': '0' }],
    ['GET', '/logs', 400, 'Probe id or target must be defined as http query parameters\n', NOSNIFF],
    ['GET', '/logs?id=-1', 400, 'Probe id or target must be defined as http query parameters\n', NOSNIFF],
    ['GET', '/logs?id=x', 400, 'Probe id or target must be defined as http query parameters\n', NOSNIFF],
    ['GET', '/logs?id=0&target=t', 400, "Probe id and target can't be defined at the same time\n", NOSNIFF],
    [
      'GET',
      '/logs?id=0&module=m',
      400,
      'Probe module filter only works in conjunction with target parameter\n',
      NOSNIFF,
    ],
    ['GET', '/logs?id=7', 404, 'Probe id not found\n', NOSNIFF],
    ['GET', '/logs?target=u', 404, 'Probe target not found\n', NOSNIFF],
    ['GET', '/logs?target=t&module=other', 404, 'Probe target not found\n', NOSNIFF],
    ['GET', '/nope', 404, '404 page not found\n', NOSNIFF],
    ['GET', '/Config', 404, '404 page not found\n', NOSNIFF],
    ['GET', '/config/', 404, '404 page not found\n', NOSNIFF],
    ['GET', '/%zz', 400, '400 Bad Request', { 'content-type': 'text/plain; charset=utf-8' }],
    ['GET', '//config', 307, '<a href="/config">Temporary Redirect</a>.\n\n', { location: '/config' }],
  ];
  for (const [method, path, status, body, headers] of rows) {
    t.test(`${method} ${path}`, async (t) => {
      const got = await httpGet(app.address, path, { method });
      t.equal(got.status, status);
      t.equal(got.text, body);
      t.match(got.headers, headers);
      t.notOk(got.headers['x-powered-by']);
      t.notOk(got.headers.etag);
    });
  }
});

t.test('below a prefix', async (t) => {
  const app = await startApp({ modules: [good], web: { externalUrl: 'http://ex/a:b(c)/' } });
  t.teardown(() => app.stop(0));
  t.equal((await httpGet(app.address, '/a:b(c)/-/healthy')).text, 'Healthy');
  t.equal((await httpGet(app.address, '/a:b(c)/config')).text, 'modules: {}\n');
  t.match((await httpGet(app.address, '/a:b(c)/probe?module=good&target=x')).text, /probe_success 1/);
  t.equal((await httpGet(app.address, '/a:b(c)')).headers.location, '/a:b(c)/');
  t.equal((await httpGet(app.address, '/')).headers.location, 'http://ex/a:b(c)');
  t.equal((await httpGet(app.address, '/config')).status, 404);
});

t.test('/metrics: what upstream has and what a Node service needs, and nothing for promtool to say', async (t) => {
  const app = await startApp({ modules: [good, bad] });
  t.teardown(() => app.stop(0));
  await httpGet(app.address, '/probe?module=good&target=x');
  await httpGet(app.address, '/probe?module=bad&target=x');
  await httpGet(app.address, '/probe?module=nope');
  await httpGet(app.address, '/metrics');
  const { text, headers } = await httpGet(app.address, '/metrics');
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  for (const line of [
    'blackbox_exporter_build_info{branch="main",goarch="amd64",goos="linux",goversion="node20.1.2",revision="abc",tags="unknown",version="1.2.3"} 1',
    'blackbox_exporter_config_last_reload_successful 1',
    'blackbox_exporter_config_last_reload_success_timestamp_seconds 1.767323045678e+09',
    'blackbox_module_unknown_total 1',
    'promhttp_metric_handler_requests_in_flight 1',
    'promhttp_metric_handler_requests_total{code="200"} 1',
    'promhttp_metric_handler_requests_total{code="500"} 0',
    'sonde_probe_duration_seconds_count{module="good",outcome="success"} 1',
    'sonde_probe_duration_seconds_count{module="bad",outcome="failure"} 1',
    'sonde_probes_in_flight 0',
    'sonde_internal_errors_total 0',
  ]) {
    t.ok(text.split('\n').includes(line), line);
  }
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
  t.same(names, [...names].sort());
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (promtool.error === undefined) t.equal(promtool.stderr + promtool.stdout, '');
  else t.comment('promtool is not installed');
});

t.test('SIGTERM: what is in flight gets its answer, new connections do not', async (t) => {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let began: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  const slow = testModule({
    name: 'slow',
    probe: async () => {
      began();
      await finished;
    },
  });
  const app = await startApp({ modules: [slow] });
  const probe = httpGet(app.address, '/probe?module=slow&target=x', { headers: { Connection: 'keep-alive' } });
  await running;
  const stopped = app.stop(60);
  await t.rejects(httpGet(app.address, '/-/healthy'), { code: 'ECONNREFUSED' });
  finish();
  const { text, headers } = await probe;
  t.match(text, /^probe_success 1$/m);
  t.equal(headers.connection, 'close');
  await stopped;
});

t.test('SIGTERM: a probe that does not finish in time is cancelled and still answers', async (t) => {
  const clock = new ManualClock();
  let began: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  const slow = testModule({
    name: 'slow',
    probe: async (_request, { signal }) => {
      began();
      await once(signal, 'abort');
      throw new ProbeFailure('processing', 'probe_cancelled', 'told to stop');
    },
  });
  const app = await startApp({ modules: [slow], clock });
  const probe = httpGet(app.address, '/probe?module=slow&target=x');
  await running;
  const stopped = app.stop(10);
  clock.advance(10);
  t.match((await probe).text, /reason="probe_cancelled"/);
  await stopped;
  t.equal(clock.pending, 0);
});

/** Sends bytes and gives all that comes back until the server closes. */
async function converse(address: string, bytes: string): Promise<string> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

t.test('malformed requests are refused and hurt nobody', async (t) => {
  const app = await startApp({ modules: [good] });
  t.teardown(() => app.stop(0));
  t.match(await converse(app.address, 'garbage\r\n\r\n'), /^HTTP\/1.1 400 /);
  t.match(await converse(app.address, '\x16\x03\x01\x02\x00\x01\x00\x01'), /^HTTP\/1.1 400 /);
  t.match(await converse(app.address, `GET / HTTP/1.1\r\nA: ${'x'.repeat(140_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
  t.match(await converse(app.address, 'GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /Healthy$/);
  t.match(await converse(app.address, 'GET /probe?module=good&target=x HTTP/1.0\r\n\r\n'), /^probe_success 1$/m);
  t.equal((await httpGet(app.address, '/-/healthy')).text, 'Healthy');
});

t.test('says when it is ready, with all addresses', async (t) => {
  const app = await startApp({ web: { listenAddresses: ['127.0.0.1:0', '127.0.0.1:0'] } });
  t.teardown(() => app.stop(0));
  t.equal(app.addresses.length, 2);
  t.match(app.logLines.at(-1), `level=INFO msg="Sonde is ready" addresses="${app.addresses.join(' ')}"`);
  for (const address of app.addresses) t.equal((await httpGet(address, '/-/healthy')).status, 200);
});

t.test('addresses that cannot be had', async (t) => {
  const app = await startApp({});
  t.teardown(() => app.stop(0));
  const start = (listenAddresses: readonly string[]) => startApp({ web: { listenAddresses, externalUrl: '/' } });
  await t.rejects(start([app.address]), { message: `listen tcp ${app.address}: bind: address already in use` });
  await t.rejects(start(['127.0.0.1:99999']), { message: 'listen tcp: address 99999: invalid port' });
  await t.rejects(start(['127.0.0.1']), { message: 'listen tcp: address 127.0.0.1: missing port in address' });
});
