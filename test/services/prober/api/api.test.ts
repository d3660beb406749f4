import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t from 'tap';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import { appForApi } from '../../../helpers/documents/api-page.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { type HttpAnswer, httpGet } from '../../../helpers/services/http-get.js';
import { startApp, type TestApp, testModule } from '../../../helpers/services/start-app.js';

const ajv = new Ajv2020({ allowUnionTypes: true, strict: false });
formats.default(ajv);
const readSchema = (file: string): object => JSON.parse(readFileSync(`schemas/${file}`, 'utf8')) as object;
ajv.addSchema(readSchema('api-v1.json'));
ajv.addSchema(readSchema('probe-report.json'));

/** An answer's JSON, which a schema has accepted. */
function accepted(answer: HttpAnswer, schema: string): Record<string, unknown> {
  const json: unknown = JSON.parse(answer.text);
  const check = ajv.getSchema(schema);
  if (check === undefined) throw new Error(`no schema ${schema}`);
  if (check(json) !== true) throw new Error(`${schema}: ${ajv.errorsText(check.errors)}\n${answer.text}`);
  return json as Record<string, unknown>;
}

const shape = (name: string): string => `api-v1.json#/$defs/${name}`;

t.test('every answer is as its schema says', async (t) => {
  const app = await appForApi(t);
  const rows = [
    { path: 'targets', schema: shape('targets') },
    { path: 'probes', schema: shape('probes') },
    { path: 'probes/0', schema: 'probe-report.json' },
    { path: 'probes/3', schema: 'probe-report.json' },
    { path: 'modules', schema: shape('modules') },
    { path: 'modules/http_2xx', schema: shape('module') },
    { path: 'config', schema: shape('config') },
  ];
  for (const { path, schema } of rows) {
    const answer = await httpGet(app.address, `/api/v1/${path}`);
    t.equal(answer.status, 200, path);
    t.match(accepted(answer, schema), { version: 1 }, path);
    t.match(answer.headers, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    });
    const head = await httpGet(app.address, `/api/v1/${path}`, { method: 'HEAD' });
    t.equal(head.status, 200);
    t.equal(head.text, '');
    t.equal(head.headers['content-type'], 'application/json');
  }
});

t.test('a target: how it is, since when, why, its certificate, its results', async (t) => {
  const app = await appForApi(t);
  const answer = await httpGet(app.address, '/api/v1/targets');
  t.match(accepted(answer, shape('targets')), {
    time: '2026-01-02T03:04:52.178Z',
    total: 2,
    matched: 2,
    targets: [
      {
        module: 'http_2xx',
        target: 'https://example.org/shop',
        success: false,
        since: '2026-01-02T03:04:21.428Z',
        sinceIsKnown: true,
        lastFailure: {
          time: '2026-01-02T03:04:36.928Z',
          reason: 'connection_refused',
          message: 'Error for HTTP request: dial tcp 192.0.2.7:443: connect: connection refused',
        },
        certificate: { expires: '2026-02-01T15:04:06.178Z', daysLeft: 30 },
        reports: { success: 1, failure: 5 },
      },
      {
        target: 'https://example.org/',
        success: true,
        sinceIsKnown: false,
        reports: { success: 4, failure: undefined },
      },
    ],
  });
  const [shop] = accepted(answer, shape('targets'))['targets'] as { results: unknown }[];
  t.same(shop?.results, [
    { time: '2026-01-02T03:04:05.928Z', durationSeconds: 0.25 },
    { time: '2026-01-02T03:04:21.428Z', durationSeconds: 0.25, reason: 'connection_refused' },
    { time: '2026-01-02T03:04:36.928Z', durationSeconds: 0.25, reason: 'connection_refused' },
  ]);
});

t.test('filters and ranges', async (t) => {
  const app = await appForApi(t);
  const rows: readonly { readonly path: string; readonly key: string; readonly found: readonly unknown[] }[] = [
    { path: 'targets?outcome=success', key: 'target', found: ['https://example.org/'] },
    { path: 'targets?outcome=failure&module=http_2xx', key: 'target', found: ['https://example.org/shop'] },
    { path: 'targets?module=icmp', key: 'target', found: [] },
    { path: 'targets?module=constructor', key: 'target', found: [] },
    { path: 'targets?q=EXAMPLE+refused', key: 'target', found: ['https://example.org/shop'] },
    { path: 'targets?limit=1', key: 'target', found: ['https://example.org/shop'] },
    { path: 'targets?limit=1&offset=1', key: 'target', found: ['https://example.org/'] },
    { path: 'targets?offset=2', key: 'target', found: [] },
    { path: 'probes', key: 'id', found: [5, 4, 3, 2, 1, 0] },
    { path: 'probes?outcome=failure', key: 'id', found: [5, 3] },
    { path: 'probes?target=https://example.org/&limit=2', key: 'id', found: [4, 2] },
    { path: 'probes?q=shop&outcome=success', key: 'id', found: [1] },
  ];
  for (const { path, key, found } of rows) {
    const [list = ''] = path.split('?');
    const json = accepted(await httpGet(app.address, `/api/v1/${path}`), shape(list));
    t.same(
      (json[list] as Record<string, unknown>[]).map((item) => item[key]),
      found,
      path,
    );
  }
});

t.test('errors say what is wrong', async (t) => {
  const app = await appForApi(t);
  const rows = [
    { path: 'v1/targets?limit=0', status: 400, message: 'limit is no whole number from 1 to 20000: "0"' },
    { path: 'v1/targets?limit=1e3', status: 400, message: 'limit is no whole number from 1 to 20000: "1e3"' },
    { path: 'v1/targets?results=61', status: 400, message: 'results is no whole number from 0 to 60: "61"' },
    { path: 'v1/targets?outcome=bad', status: 400, message: 'outcome is neither success nor failure: "bad"' },
    {
      path: 'v1/targets?modul=x',
      status: 400,
      message: 'unknown parameter "modul": there are q, module, outcome, results, limit, offset',
    },
    { path: 'v1/config?a=b', status: 400, message: 'unknown parameter "a": there are none here' },
    {
      path: `v1/probes?q=${'x'.repeat(201)}`,
      status: 400,
      message: 'q has 201 characters, at most 200 are looked for',
    },
    { path: 'v1/probes/x', status: 400, message: 'the id of a probe is a whole number: "x"' },
    { path: 'v1/probes/99', status: 404, message: 'there is no probe with the id 99, or it is no longer kept' },
    { path: 'v1/modules/__proto__', status: 404, message: 'there is no module "__proto__"' },
    { path: 'v1/nothing', status: 404, message: /^there is nothing at this path, but at \/api\/v1\/targets,/ },
    { path: 'v2/targets', status: 404, message: /^there is nothing at this path/ },
  ];
  for (const { path, status, message } of rows) {
    const answer = await httpGet(app.address, `/api/${path}`);
    t.equal(answer.status, status, path);
    t.match(accepted(answer, shape('error')), { error: { status, message } }, path);
    t.equal(answer.headers['content-type'], 'application/json');
  }
  const post = await httpGet(app.address, '/api/v1/targets', { method: 'POST', body: 'x' });
  t.equal(post.status, 405);
  t.equal(post.headers['allow'], 'GET, HEAD');
  t.match(accepted(post, shape('error')), { error: { status: 405 } });
});

async function probed(app: TestApp, targets: readonly string[]): Promise<void> {
  for (const target of targets) await httpGet(app.address, `/probe?module=m&target=${encodeURIComponent(target)}`);
}

t.test('passwords are masked wherever they stand', async (t) => {
  const probe = testModule({
    name: 'm',
    probe: async ({ target }, { log }) => {
      log.info('Dialing', { url: target });
      throw new ProbeFailure('connect', 'connection_refused', `cannot reach ${target}`, { err: `at ${target}` });
    },
  });
  const app = await startApp({ modules: [probe], clock: new ManualClock() });
  t.teardown(() => app.stop(0));
  await probed(app, ['http://me:geheim@h/']);
  for (const path of ['targets', 'probes', 'probes/0']) {
    const { text } = await httpGet(app.address, `/api/v1/${path}`);
    t.match(text, 'http://me:xxxxx@h/', path);
    t.notMatch(text, 'geheim', path);
  }
});

t.test('nothing is remembered where the history is off; ids begin anew', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'm' })], options: { historyLimit: 0 } });
  t.teardown(() => app.stop(0));
  await probed(app, ['a']);
  for (const list of ['targets', 'probes']) {
    const json = accepted(await httpGet(app.address, `/api/v1/${list}`), shape(list));
    t.match(json, { total: 0, [list]: [] });
  }
});

t.test('a long list comes in pieces, packed for whoever wants that', async (t) => {
  const app = await startApp({ modules: [testModule({ name: 'm' })], options: { historyLimit: 5 } });
  t.teardown(() => app.stop(0));
  const long = 'x'.repeat(2000);
  await probed(
    app,
    Array.from({ length: 120 }, (_, index) => `${long}${index}`),
  );
  const plain = await httpGet(app.address, '/api/v1/targets');
  t.ok(plain.body.length > 240_000);
  t.equal(plain.headers['transfer-encoding'], 'chunked');
  const json = accepted(plain, shape('targets'));
  t.equal((json['targets'] as unknown[]).length, 120);
  const packed = await httpGet(app.address, '/api/v1/targets', { headers: { 'Accept-Encoding': 'gzip' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
  t.ok(packed.body.length < plain.body.length / 10);
  t.match(JSON.parse(gunzipSync(packed.body).toString()), { total: 120 });
});

t.test('below a prefix, and for those only whom the web configuration lets in', async (t) => {
  const file = join(t.testdir(), 'web.yml');
  writeFileSync(file, 'basic_auth_users:\n  me: $2y$04$kSy2WQ.bTTasIuY38Q/QcucyoUE5kkNelPuAxOIGGOQJC2XjbjT3e\n');
  const app = await startApp({ modules: [], web: { routePrefix: '/x', configFile: file } });
  t.teardown(() => app.stop(0));
  t.equal((await httpGet(app.address, '/x/api/v1/config')).status, 401);
});
