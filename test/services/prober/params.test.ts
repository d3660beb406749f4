import t, { type Test } from 'tap';
import { runCommand } from '../../../src/cli/run-command.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { realShell } from '../../helpers/documents/test-shell.js';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';
import { lineByLine, startStreamServer } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { testProberDeps } from '../../helpers/services/prober-deps.js';
import { startApp } from '../../helpers/services/start-app.js';

const YAML = `
modules:
  web:
    prober: http
    params:
      path: {key: path, type: path}
      status: {key: valid_status_codes, type: integer, min: 100, max: 599}
      tenant: {default: none}
      word: {default: ok}
    http:
      headers: {X-Tenant: 'is \${param.tenant}'}
      fail_if_body_not_matches_regexp: ['\${param.word}']
  line:
    prober: tcp
    params: {name: {required: true}}
    tcp:
      query_response: [{expect: '^(.*)$', send: 'HELO \${param.name} to \${1}'}]
  local:
    prober: http
    params: {port: {key: port, type: port}}
    target_policy: {deny: [{addresses: [loopback]}]}
`;

async function startService(t: Test) {
  const { modules } = await loadConfig(YAML, 'test.yml', allProbers(testProberDeps()));
  const app = await startApp({ modules: [...modules.values()] });
  t.teardown(() => app.stop(0));
  const get = async (path: string, query: Readonly<Record<string, string>> = {}) =>
    httpGet(app.address, `${path}?${new URLSearchParams(query).toString()}`);
  return { ...app, get };
}

t.test('parameters reach the target, each as its place needs it', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 404 No\r\nContent-Length: 6\r\n\r\na.b(c)'));
  const { get } = await startService(t);
  const target = `http://127.0.0.1:${server.port}/usual?q=1`;
  const good = await get('/probe', {
    ...{ module: 'web', target, path: '/a b/%2f?x', status: '404', tenant: 'Ü: "x"', word: 'b(c' },
    undeclared: 'x',
  });
  t.equal(good.status, 200);
  t.match(good.text, /^probe_success 1$/m);
  t.match(server.requests[0], /^GET \/a%20b\/%252f%3Fx\?q=1 HTTP\/1\.1\r\n/);
  t.match(server.requests[0], Buffer.from('X-Tenant: is Ü: "x"\r\n').toString('latin1'));
  const other = await get('/probe', { module: 'web', target, status: '404', word: 'b.c' });
  t.match(other.text, /reason="body_mismatch"/);
  t.match(server.requests[1], /^GET \/usual\?q=1 /);
});

t.test('bad values are answered before anything is dialled', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const { get } = await startService(t);
  const target = `http://127.0.0.1:${server.port}/`;
  for (const [query, text] of [
    [{ path: '/../x' }, /^Parameter "path" cannot be "\/\.\.\/x": it must be a path/],
    [{ status: '2xx' }, /^Parameter "status" cannot be "2xx": it must be a whole number/],
    [{ tenant: 'x\r\nEvil: y' }, /^Parameter "tenant" cannot be "x\\r\\nEvil: y"/],
  ] as const) {
    const { status, text: body } = await get('/probe', { module: 'web', target, ...query });
    t.equal(status, 400);
    t.match(body, text);
  }
  t.equal(
    (await get('/probe', { module: 'line', target })).text,
    'Parameter "name" is missing: the module requires it\n',
  );
  t.equal(server.requests.length, 0);
});

t.test('a text that is sent is literal, also where groups are inserted', async (t) => {
  const server = await startStreamServer(t, lineByLine('hello\n'));
  const { get } = await startService(t);
  const { text } = await get('/probe', { module: 'line', target: server.target, name: '$1${1}$$' });
  t.match(text, /^probe_success 1$/m);
  t.equal(server.received().toString(), 'HELO $1${1}$$ to hello\n');
});

t.test('policies judge what was filled', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const { get } = await startService(t);
  const { text } = await get('/probe', { module: 'local', target: 'http://127.0.0.1/', port: String(server.port) });
  t.match(text, /reason="target_denied"/);
  t.equal(server.requests.length, 0);
});

t.test('pages, debug output and API show parameters', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const { get } = await startService(t);
  const target = `http://127.0.0.1:${server.port}/`;
  const debug = await get('/probe', { module: 'web', target, tenant: '<b>', path: '/x', debug: 'true' });
  t.match(debug.text, /X-Tenant: is <b>/);
  await get('/probe', { module: 'web', target, tenant: 'two' });
  const targets = JSON.parse((await get('/api/v1/targets')).text) as { targets: { params: unknown }[] };
  t.same(
    targets.targets.map(({ params }) => params),
    [
      { path: '/x', tenant: '<b>', word: 'ok' },
      { tenant: 'two', word: 'ok' },
    ],
  );
  const probes = JSON.parse((await get('/api/v1/probes')).text) as { probes: { params: unknown; target: string }[] };
  t.match(probes.probes[1], { target, params: { tenant: '<b>', path: '/x' } });
  const report = JSON.parse((await get('/api/v1/probes/0')).text) as { params: unknown };
  t.match(report.params, { tenant: '<b>' });
  const page = await get('/probes/0');
  t.match(page.text, 'with path=/x, tenant=&lt;b&gt;, word=ok');
  t.match(page.text, 'path=%2Fx&amp;tenant=%3Cb%3E');
  t.match(page.text, '--param=path=/x');
  t.match((await get('/')).text, 'with tenant=two, word=ok');
  t.match((await get('/modules/web')).text, /<input name="tenant" placeholder="tenant: none"/);
  t.match(JSON.parse((await get('/api/v1/modules/web')).text), {
    params: [{ name: 'path', type: 'path', required: false }, {}, { name: 'tenant', default: 'none' }, {}],
    yaml: /tenant:\n *default: none/,
  });
});

t.test('sonde probe takes parameters', async (t) => {
  const server = await startRawServer(t, answer('HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nok'));
  const folder = t.testdir({ 'blackbox.yml': YAML });
  const run = async (...params: readonly string[]) => {
    const shell = realShell([`--config.file=${folder}/blackbox.yml`, '-m', 'web', ...params]);
    return { code: await runCommand(shell), ...shell.written };
  };
  const target = `http://127.0.0.1:${server.port}/`;
  t.equal((await run('--param=status=404', '--param', 'path=/y', target)).code, 0);
  t.match(server.requests[0], /^GET \/y /);
  const bad = await run('--param=status=x', target);
  t.equal(bad.code, 2);
  t.match(bad.err, 'Parameter "status" cannot be "x"');
  t.match((await run('--param=stat=1', target)).err, 'no parameter "stat": it declares path, status, tenant, word');
  t.match((await run('--param=x', target)).err, 'write it as name=value');
});
