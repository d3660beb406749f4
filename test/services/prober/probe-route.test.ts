import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { gauge } from '../../../src/metrics/metric-definition.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import { httpGet, type HttpGetOptions } from '../../helpers/services/http-get.js';
import { startApp, testModule } from '../../helpers/services/start-app.js';

const seen = gauge('probe_seen', 'What the probe was asked for', ['target', 'hostname']);

const modules = [
  testModule({
    name: 'http_2xx',
    refuse: ({ hostname }) => (hostname === 'bad' ? 'host header defined twice' : undefined),
    probe: async ({ target, hostname = '' }, { metrics }) => {
      metrics.setWith(seen, { target, hostname }, 1);
    },
  }),
  testModule({
    name: 'down',
    probe: async (_request, { log }) => {
      log.debug('Dialing', { target: 'x' });
      throw new ProbeFailure('connect', 'connection_refused', 'Error dialing', { err: 'refused' });
    },
  }),
  testModule({ name: 'null', prober: '', refuse: () => 'Unknown prober ""' }),
  testModule({ name: 'buggy', probe: () => Promise.reject(new TypeError('cannot read x of undefined')) }),
];

const TIMEOUT = 'X-Prometheus-Scrape-Timeout-Seconds';

interface Row {
  readonly name: string;
  readonly query: string;
  readonly options?: HttpGetOptions;
  readonly status: number;
  readonly body: string | RegExp;
}

const rows: readonly Row[] = [
  { name: 'no parameters', query: '', status: 400, body: 'Target parameter is missing\n' },
  {
    name: 'a target of 16 KiB',
    query: `target=${'%78'.repeat(16_384)}`,
    status: 200,
    body: /probe_success/,
  },
  {
    name: 'a longer target',
    query: `target=${'x'.repeat(16_385)}`,
    status: 400,
    body: 'Target parameter is longer than 16384 characters\n',
  },
  {
    name: 'a longer hostname',
    query: `target=x&hostname=${'x'.repeat(16_385)}`,
    status: 400,
    body: 'Hostname parameter is longer than 16384 characters\n',
  },
  { name: 'an unknown module', query: 'module=nope', status: 400, body: 'Unknown module "nope"\n' },
  {
    name: 'a module name is quoted',
    query: 'module=a%22%01%C3%A4',
    status: 400,
    body: 'Unknown module "a\\"\\x01ä"\n',
  },
  { name: 'an empty module is the default', query: 'module=&target=x', status: 200, body: /target="x"/ },
  {
    name: 'the module comes before the header',
    query: 'module=nope',
    options: { headers: { [TIMEOUT]: 'abc' } },
    status: 400,
    body: 'Unknown module "nope"\n',
  },
  {
    name: 'the header comes before the target',
    query: '',
    options: { headers: { [TIMEOUT]: 'abc' } },
    status: 500,
    body: 'Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing "abc": invalid syntax\n',
  },
  {
    name: 'a header out of range',
    query: 'target=x',
    options: { headers: { [TIMEOUT]: '1e999' } },
    status: 500,
    body: 'Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing "1e999": value out of range\n',
  },
  {
    name: 'the header, less the offset, is the timeout',
    query: 'target=x',
    options: { headers: { [TIMEOUT]: ' 0x1p3 ' } },
    status: 200,
    body: /^probe_timeout_seconds 7.5$/m,
  },
  {
    name: 'the target comes before the prober',
    query: 'module=null',
    status: 400,
    body: 'Target parameter is missing\n',
  },
  { name: 'a null module', query: 'module=null&target=x', status: 400, body: 'Unknown prober ""\n' },
  {
    name: 'a hostname that contradicts the module',
    query: 'target=x&hostname=bad',
    status: 400,
    body: 'host header defined twice\n',
  },
  { name: 'a hostname', query: 'target=x&hostname=h', status: 200, body: /hostname="h",target="x"/ },
  {
    name: 'an escaped plus survives',
    query: 'target=http://x/?q=a%252Bb',
    status: 200,
    body: /target="http:\/\/x\/\?q=a%2Bb"/,
  },
  { name: 'encoded twice as a whole', query: 'target=http%253A%252F%252Fx', status: 200, body: /target="http:\/\/x"/ },
  { name: 'a failed probe is an answer, too', query: 'module=down&target=x', status: 200, body: /^probe_success 0$/m },
  {
    name: 'the reason of a failure',
    query: 'module=down&target=x',
    status: 200,
    body: /^probe_failure_info\{phase="connect",reason="connection_refused"\} 1$/m,
  },
  {
    name: 'parameters in a body do not count',
    query: '',
    options: { method: 'POST', body: 'target=x', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    status: 400,
    body: 'Target parameter is missing\n',
  },
  { name: 'debug must be exactly true', query: 'target=x&debug=1', status: 200, body: /^# HELP/ },
];

t.test('answers', async (t) => {
  const app = await startApp({ modules });
  t.teardown(() => app.stop(0));
  for (const { name, query, options, status, body } of rows) {
    t.test(name, async (t) => {
      const answer = await httpGet(app.address, `/probe?${query}`, options);
      t.equal(answer.status, status);
      if (typeof body === 'string') t.equal(answer.text, body);
      else t.match(answer.text, body);
      if (status !== 200) {
        t.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
        t.equal(answer.headers['x-content-type-options'], 'nosniff');
      } else {
        t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
      }
    });
  }
});

t.test('packed and as protobuf', async (t) => {
  const app = await startApp({ modules });
  t.teardown(() => app.stop(0));
  const plain = await httpGet(app.address, '/probe?target=x');
  const packed = await httpGet(app.address, '/probe?target=x', { headers: { 'Accept-Encoding': 'gzip' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
  const withoutDuration = (text: string): string => text.replace(/^probe_duration_seconds .*$/m, '');
  t.equal(withoutDuration(gunzipSync(packed.body).toString()), withoutDuration(plain.text));
  const accept = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
  const protobuf = await httpGet(app.address, '/probe?target=x', { headers: { Accept: accept } });
  t.match(protobuf.headers['content-type'], /^application\/vnd.google.protobuf; .*escaping=underscores$/);
  t.equal(protobuf.body.subarray(3, 25).toString(), 'probe_duration_seconds');
});

t.test('a bug of ours is a 500, a counter and a stack in the log, and the service lives on', async (t) => {
  const app = await startApp({ modules });
  t.teardown(() => app.stop(0));
  const answer = await httpGet(app.address, '/probe?module=buggy&target=x');
  t.equal(answer.status, 500);
  t.equal(answer.text, 'Internal Server Error\n');
  t.match(
    app.logLines.join(''),
    /level=ERROR msg="Internal error.*url="\/probe\?module=buggy&target=x" stack="TypeError: cannot read.*probe-route/,
  );
  const metrics = await httpGet(app.address, '/metrics');
  t.match(metrics.text, /^sonde_internal_errors_total 1$/m);
  t.match(metrics.text, /^sonde_probes_in_flight 0$/m);
  t.equal((await httpGet(app.address, '/logs?target=x')).status, 404, 'nothing goes into the history');
});

t.test('a client that leaves cancels its probe', async (t) => {
  let began: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  let ended: (reason: unknown) => void = () => undefined;
  const cancelled = new Promise((resolve) => {
    ended = resolve;
  });
  const slow = testModule({
    name: 'slow',
    probe: async (_request, { signal }) => {
      began();
      await once(signal, 'abort');
      ended(signal.reason);
      throw new ProbeFailure('connect', 'probe_cancelled', 'gone');
    },
  });
  const app = await startApp({ modules: [slow] });
  t.teardown(() => app.stop(0));
  const socket = connect(Number(app.address.split(':')[1]), '127.0.0.1');
  socket.write('GET /probe?module=slow&target=x HTTP/1.1\r\nHost: x\r\n\r\n');
  await running;
  t.match((await httpGet(app.address, '/metrics')).text, /^sonde_probes_in_flight 1$/m);
  socket.destroy();
  t.match(await cancelled, { kind: 'cancelled' });
});

t.test('log lines of probes go to the log by --log.prober, and to debug=true all of them', async (t) => {
  for (const [level, lines] of [
    ['debug', ['Beginning probe', 'Dialing', 'Error dialing', 'Probe failed']],
    ['info', ['Error dialing', 'Probe failed']],
  ] as const) {
    const app = await startApp({ modules, options: { probeLogLevel: level, logLevel: 'error' } });
    t.teardown(() => app.stop(0));
    const debug = await httpGet(app.address, '/probe?module=down&target=http://x&debug=true');
    t.same(
      app.logLines.map((line) => /msg="?([^="]*)"? module=down target=http:\/\/x /.exec(line)?.[1]),
      lines,
      level,
    );
    t.match(debug.text, /msg="Beginning probe".*msg=Dialing.*msg="Error dialing"/s);
  }
});

t.test('a password in the target is shown nowhere, also where the server tells it', async (t) => {
  const echoing = testModule({
    name: 'echoing',
    probe: async ({ target }, { log }) => {
      const [, password = ''] = /:([^:@]*)@/.exec(target) ?? [];
      log.info('Received redirect', { location: `/in?p=${password}&q=${decodeURIComponent(password)}` });
      throw new ProbeFailure('check', 'body_mismatch', 'Told', { err: `no ${password}` });
    },
  });
  const app = await startApp({ modules: [echoing], options: { probeLogLevel: 'debug' } });
  t.teardown(() => app.stop(0));
  const query = new URLSearchParams({ module: 'echoing', target: 'http://me:hunt%23er2@h/', debug: 'true' });
  const debug = await httpGet(app.address, `/probe?${query.toString()}`);
  t.match(debug.text, 'location="/in?p=<secret>&q=<secret>"');
  const page = await httpGet(app.address, '/', { headers: { Accept: 'text/html' } });
  for (const text of [debug.text, page.text, ...app.logLines]) t.notMatch(text, /hunt(?:%23|#)er2/);
});
