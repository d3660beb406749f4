import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { startApp, testModule } from '../../../helpers/services/start-app.js';
import { until } from '../../../helpers/until.js';

interface Found {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

async function start(t: Test, files: Readonly<Record<string, string>>, externalUrl = '') {
  const folder = t.testdir({ ...files });
  const clock = new ManualClock();
  const modules = [testModule({ name: 'http_2xx' }), testModule({ name: 'tcp' })];
  const app = await startApp({ modules, clock, options: { targetFiles: [folder] }, web: { externalUrl } });
  t.teardown(() => app.stop(0));
  const ask = async (query = '', path = '/sd') => {
    const { status, text } = await httpGet(app.address, path + query);
    return status === 200 ? (JSON.parse(text) as readonly Found[]) : `${status} ${text}`;
  };
  const probed = async (query = '') => {
    const found = await ask(query);
    return typeof found === 'string' ? found : found.map(({ labels }) => labels['__param_target']);
  };
  return { app, ask, probed, folder, clock };
}

const TWO = `- targets: [https://a.example, https://b.example]
  labels: {module: http_2xx, env: prod, __param_path: /health, __meta_rack: r1}
- targets: ["c.example:25"]
  labels: {__param_module: tcp, instance: mail}
`;

t.test('/sd tells all that a scrape job would otherwise have to relabel', async (t) => {
  const { app, ask } = await start(t, { 'a.yml': TWO });
  t.strictSame(await ask(), [
    ...['https://a.example', 'https://b.example'].map((target) => ({
      targets: [app.address],
      labels: {
        instance: target,
        module: 'http_2xx',
        env: 'prod',
        __meta_rack: 'r1',
        __metrics_path__: '/probe',
        __scheme__: 'http',
        __param_target: target,
        __param_module: 'http_2xx',
        __param_path: '/health',
      },
    })),
    {
      targets: [app.address],
      labels: {
        instance: 'mail',
        __metrics_path__: '/probe',
        __scheme__: 'http',
        __param_target: 'c.example:25',
        __param_module: 'tcp',
      },
    },
  ]);
  const { headers } = await httpGet(app.address, '/sd');
  t.equal(headers['content-type'], 'application/json; charset=utf-8');
});

t.test('behind a proxy its address is that of --web.external-url', async (t) => {
  const { ask } = await start(t, { 'a.yml': '- targets: [x]' }, 'https://mon.example/sonde');
  t.match(await ask('', '/sonde/sd'), [
    { targets: ['mon.example'], labels: { __scheme__: 'https', __metrics_path__: '/sonde/probe' } },
  ]);
});

t.test('a part of the targets is asked for', async (t) => {
  const { probed } = await start(t, { 'a.yml': TWO });
  const rows: readonly (readonly [query: string, expected: unknown])[] = [
    ['?module=tcp', ['c.example:25']],
    ['?module=none', []],
    ['?match=env=prod', ['https://a.example', 'https://b.example']],
    ['?match=env=', ['c.example:25']],
    ['?match=env=prod&match=env=dev', []],
    ['?match=__proto__=x', []],
    ['?match=env', '400 match is not label=value: "env"\n'],
    [`?${'match=a=b&'.repeat(33)}`, '400 match stands 33 times: at most 32 are looked at\n'],
    ['?shard=1', '400 of is missing: shard and of stand together, as in shard=1&of=4\n'],
    ['?of=2', '400 shard is missing: shard and of stand together, as in shard=1&of=4\n'],
    ['?shard=0&of=2', '400 shard is no whole number from 1 to 2: "0"\n'],
    ['?shard=3&of=2', '400 shard is no whole number from 1 to 2: "3"\n'],
    ['?shard=1&of=1001', '400 of is no whole number from 1 to 1000: "1001"\n'],
    ['?shards=1', '400 unknown parameter "shards": there are module, match, shard, of\n'],
  ];
  for (const [query, expected] of rows) t.strictSame(await probed(query), expected, query);
  const parts = await Promise.all([1, 2, 3].map((shard) => probed(`?shard=${shard}&of=3`)));
  t.strictSame(parts.flat().sort(), ['c.example:25', 'https://a.example', 'https://b.example']);
});

t.test('files are watched; a broken one keeps what it said, one that has gone is forgotten', async (t) => {
  const { app, probed, folder, clock } = await start(t, {
    'a.yml': '- targets: [one]',
    'b.json': '[{"targets":["two"]}]',
  });
  const look = async (done: () => Promise<boolean>) => {
    await until(async () => {
      clock.advance(5);
      return await done();
    }, 'the files were looked at');
  };
  t.strictSame(await probed(), ['one', 'two']);
  writeFileSync(join(folder, 'a.yml'), '- targets: [one, three]\n  labels: {module: nowhere}\n');
  await look(async () => (await probed()).includes('three'));
  t.match(app.logLines.join(''), /Targets name modules that the configuration does not have.*modules=nowhere/);
  writeFileSync(join(folder, 'a.yml'), '- targets: {');
  await look(() => Promise.resolve(app.logLines.join('').includes('Error reading targets file')));
  t.strictSame(await probed(), ['one', 'three', 'two']);
  const { text } = await httpGet(app.address, '/metrics');
  t.match(text, /^sonde_sd_targets 3$/m);
  t.match(text, /^sonde_targets_file_last_read_successful\{file=".*a\.yml"\} 0$/m);
  t.match(text, /^sonde_targets_file_last_read_successful\{file=".*b\.json"\} 1$/m);
  const reload = await fetch(`http://${app.address}/-/reload`, { method: 'POST' });
  t.equal(reload.status, 500);
  t.match(await reload.text(), /a\.yml:1:\d+: /);
  rmSync(join(folder, 'a.yml'));
  await look(async () => (await probed()).length === 1);
  t.strictSame(await probed(), ['two']);
});

t.test('without targets files the list is empty, and no metric tells of them', async (t) => {
  const app = await startApp({});
  t.teardown(() => app.stop(0));
  t.equal((await httpGet(app.address, '/sd')).text, '[\n]\n');
  t.notMatch((await httpGet(app.address, '/metrics')).text, /sonde_sd_targets|sonde_targets_file/);
});

t.test('the same probe in two files counts once', async (t) => {
  const { app, probed } = await start(t, { 'a.yml': '- targets: [x, x]', 'b.yml': '- {targets: [x], labels: {a: b}}' });
  t.strictSame(await probed(), ['x']);
  t.match(app.logLines.join(''), /Targets that stand in the files more than once count once.*repeated=2/);
});

t.test('Prometheus before 3 gets names that it can read, since one other makes it refuse all targets', async (t) => {
  const { app } = await start(t, {
    'a.json': '[{"targets": ["https://a.example"], "labels": {"µ x": "1", "-_scheme__": "2", "__param_é": "3"}}]',
  });
  const rows: readonly (readonly [agent: string, names: readonly string[]])[] = [
    ['Prometheus/2.42.0+ds', ['__param__', '__x']],
    ['Prometheus/3.5.3', ['-_scheme__', '__param_é', 'µ x']],
    ['curl/8', ['-_scheme__', '__param_é', 'µ x']],
  ];
  const own = ['__metrics_path__', '__param_target', '__scheme__', 'instance'];
  for (const [agent, names] of rows) {
    const { text } = await httpGet(app.address, '/sd', { headers: { 'User-Agent': agent } });
    const [{ labels } = { labels: {} }] = JSON.parse(text) as readonly Found[];
    t.strictSame(Object.keys(labels).sort(), [...own, ...names].sort(), agent);
    t.equal((labels as Found['labels'])['__scheme__'], 'http', agent);
  }
});
