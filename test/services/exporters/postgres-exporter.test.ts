import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { allCollectors } from '../../../src/probers/postgres/collectors/all-collectors.js';
import { readDataSource } from '../../../src/services/exporters/postgres/data-source.js';
import { POSTGRES_COLLECTORS } from '../../../src/services/exporters/postgres/postgres-flags.js';
import { readExposition } from '../../helpers/exposition.js';
import { startPgServer } from '../../helpers/servers/postgres-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';

t.test('the telemetry path has the server, the exporter and the process', async (t) => {
  const { target } = await startPgServer(t);
  const env = { DATA_SOURCE_NAME: `postgresql://me:secret@${target}/base?sslmode=disable` };
  const exporter = await startTestExporter(t, 'postgres', [], env);
  const { status, headers, text } = await exporter.get('/metrics');
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  const families = readExposition(text);
  t.match(text, /^pg_up 1$/m);
  t.match(text, /^pg_exporter_scrapes_total 1$/m);
  t.match(text, /^pg_exporter_last_scrape_error 0$/m);
  t.match(text, /^pg_static\{server="127\.0\.0\.1:\d+",short_version="15\.18\.0"/m);
  t.match(text, /^pg_scrape_collector_success\{collector="wal"\} 0$/m, 'the server refuses all but its version');
  t.match(text, /^postgres_exporter_build_info\{/m);
  t.ok(families.has('process_cpu_seconds_total'));
  t.same(
    [...families.keys()].filter((name) => name.startsWith('probe_')),
    [],
  );
  t.match((await exporter.get('/metrics')).text, /^pg_exporter_scrapes_total 2$/m, 'it counts');
});

t.test('without a data source no server is up', async (t) => {
  const exporter = await startTestExporter(t, 'postgres', ['--constantLabels=a=b'], { PGHOST: '127.0.0.1' });
  const { status, text } = await exporter.get('/metrics');
  t.equal(status, 200);
  t.match(text, /^pg_up\{a="b"\} 0$/m);
  t.match(text, /^pg_exporter_last_scrape_error\{a="b"\} 0$/m);
  t.notMatch(text, /^pg_static/m);
});

t.test('variables of libpq fill in what a data source does not say', async (t) => {
  const { target } = await startPgServer(t);
  const [PGHOST = '', PGPORT = ''] = target.split(':');
  const env = { PGHOST, PGPORT, PGUSER: 'me', PGPASSWORD: 'secret', PGDATABASE: 'base', PGSSLMODE: 'disable' };
  const rows = [
    { name: 'a user alone', given: { ...env, DATA_SOURCE_NAME: 'user=me' }, up: 1 },
    { name: 'a URL without anything', given: { ...env, DATA_SOURCE_NAME: 'postgresql://' }, up: 1 },
    { name: 'no password', given: { ...env, PGHOST: 'x', DATA_SOURCE_URI: target }, up: 1 },
    { name: 'the string counts more', given: { ...env, DATA_SOURCE_NAME: `host=${PGHOST} port=1` }, up: 0 },
    { name: 'TLS is wanted', given: { ...env, PGSSLMODE: '', DATA_SOURCE_NAME: 'user=me' }, up: 0 },
  ];
  for (const { name, given, up } of rows) {
    const { text } = await (await startTestExporter(t, 'postgres', [], given)).get('/metrics');
    t.match(text, new RegExp(`^pg_up ${up}$`, 'm'), name);
  }
  const probe = async (...args: readonly string[]) =>
    (await (await startTestExporter(t, 'postgres', args, env)).get(`/probe?target=${target}`)).text;
  t.match(await probe('--postgres.credentials-for=127.0.0.1'), /^pg_up 1$/m, 'requests that name no login');
  t.match(await probe(), /^pg_up 0$/m, 'the password goes to nobody');
  for (const name of ['PGSERVICE', 'PGREQUIRESSL']) {
    const started = startTestExporter(t, 'postgres', [], { ...env, [name]: '1' });
    await t.rejects(started, { name: 'UsageError', message: `the variable ${name} is not served: unset it` });
  }
});

t.test('values of flags that postgres_exporter warns of, and goes on', async (t) => {
  const { target } = await startPgServer(t);
  const env = { DATA_SOURCE_NAME: `postgresql://me@${target}/base?sslmode=disable` };
  const rows = [
    { args: ['--constantLabels=a=b,nonsense'], told: /--constantLabels.*\\"nonsense\\"/, labels: '{a="b"}' },
    { args: ['--constantLabels=a=b=c, =d'], told: /--constantLabels.*\\"a=b=c\\"/, labels: '' },
    { args: ['--constantLabels=a=b, 1é-x = c ,a=d'], told: undefined, labels: '{___x="c",a="d"}' },
    { args: ['--collection-timeout=soon'], told: /--collection-timeout.*60s instead/, labels: '' },
    { args: ['--collection-timeout=1ns'], told: /--collection-timeout.*more than 1ms/, labels: '' },
  ];
  for (const { args, told, labels } of rows) {
    const exporter = await startTestExporter(t, 'postgres', args, env);
    const { text } = await exporter.get('/metrics');
    t.ok(text.includes(`\npg_up${labels} 1\n`), args.join(' '));
    t.match(text, /^pg_scrape_collector_success\{/m);
    const warnings = exporter.logLines.filter((line) => line.includes('Flag without effect'));
    if (told === undefined) t.same(warnings, []);
    else t.match(warnings[0], told);
  }
});

t.test('a server that is down, collectors that are off', async (t) => {
  const args = [`--data-source.uri=${await closedPort()}/x?sslmode=disable`];
  const down = await (await startTestExporter(t, 'postgres', args)).get('/metrics');
  t.equal(down.status, 200);
  t.match(down.text, /^pg_up 0$/m);
  t.match(down.text, /^pg_exporter_last_scrape_error 1$/m);
  const { target } = await startPgServer(t);
  const off = ['--no-collector.wal', '--disable-settings-metrics', '--disable-default-metrics'];
  const exporter = await startTestExporter(t, 'postgres', off, { DATA_SOURCE_URI: `${target}/x?sslmode=disable` });
  const { text } = await exporter.get('/metrics');
  t.match(text, /^pg_scrape_collector_success\{collector="locks"\} 0$/m);
  t.notMatch(text, /collector="wal"/);
});

t.test('/probe takes the login that it names, for targets that may have it', async (t) => {
  const { target } = await startPgServer(t);
  const file = join(t.testdir({}), 'postgres_exporter.yml');
  const login = 'type: userpass, userpass: {username: me, password: secret}, options: {sslmode: disable}';
  writeFileSync(file, `auth_modules:\n  a: {${login}}\n  open: {type: userpass, options: {sslmode: disable}}\n`);
  const start = (...args: readonly string[]) => startTestExporter(t, 'postgres', [`--config.file=${file}`, ...args]);
  const trusted = await start('--postgres.credentials-for=127.0.0.1');
  const careful = await start();
  const rows = [
    { name: 'with a login', of: trusted, query: `target=${target}/x&auth_module=a`, up: 1 },
    { name: 'the target may not have it', of: careful, query: `target=${target}/x&auth_module=a`, up: 0 },
    { name: 'a login without a password', of: careful, query: `target=${target}&auth_module=open`, up: 1 },
    { name: 'no login: TLS is wanted', of: careful, query: `target=${target}`, up: 0 },
  ];
  for (const { name, of, query, up } of rows) {
    const { status, text } = await of.get(`/probe?${query}`);
    t.equal(status, 200, name);
    t.match(text, new RegExp(`^pg_up ${up}$`, 'm'), name);
    t.match(text, /^pg_exporter_scrapes_total 1$/m, 'each tells of itself');
    t.notMatch(text, /^process_/m, name);
  }
  const refused = [
    ['', 'target is required\n'],
    ['?target=', 'target is required\n'],
    [`?target=${target}&auth_module=nope`, 'auth_module nope not found\n'],
  ] as const;
  for (const [query, words] of refused) {
    const { status, text } = await careful.get(`/probe${query}`);
    t.same([status, text], [400, words], query);
  }
  t.notMatch([...trusted.logLines, ...careful.logLines].join('\n'), /secret/);
});

t.test('passwords in files are read again', async (t) => {
  const folder = t.testdir({ uri: 'not:a:port\n' });
  const exporter = await startTestExporter(t, 'postgres', [`--data-source.uri-file=${folder}/uri`]).catch(
    (error: unknown) => error,
  );
  t.match(exporter, { message: /cannot read the data source/ });
  const { target } = await startPgServer(t);
  writeFileSync(`${folder}/uri`, `${await closedPort()}/x?sslmode=disable\n`);
  const service = await startTestExporter(t, 'postgres', [], { DATA_SOURCE_URI_FILE: `${folder}/uri` });
  t.match((await service.get('/metrics')).text, /^pg_up 0$/m);
  writeFileSync(`${folder}/uri`, `${target}/x?sslmode=disable\n`);
  t.equal(await service.reload?.(), undefined);
  t.match((await service.get('/metrics')).text, /^pg_up 1$/m);
});

t.test('files of logins that cannot be used say where', async (t) => {
  const rows = [
    ['auth_modules: {a: {type: other}}', /:1:\d+: .*userpass/],
    ['auth_modules: {a: {userpass: {}}}', /:1:\d+: .*userpass/],
    ['auth_modules: {a: {type: userpass, userpass: {user: x}}}', /:1:\d+: .*username, password/],
    ['auth_modules: {a: {type: userpass, options: {target_session_attrs: any}}}', /:1:\d+: .*not served/],
    ['auth_modules: []', /:1:\d+: .*mapping/],
    ['modules: {}', /:1:\d+: .*auth_modules/],
    ['a: [', /:1:\d+/],
  ] as const;
  for (const [text, message] of rows) {
    const file = join(t.testdir({ 'a.yml': text }), 'a.yml');
    t.match(await goesOnWithout(t, `--config.file=${file}`), message, text);
  }
  t.match(await goesOnWithout(t, `--config.file=${t.testdirName}/none.yml`), /none\.yml/);
});

/** Starts with a file that cannot be used; resolves to what the log says of it. */
async function goesOnWithout(t: Test, flag: string): Promise<string> {
  const exporter = await startTestExporter(t, 'postgres', [flag]);
  const { text } = await exporter.get('/metrics');
  t.match(text, /^postgres_exporter_config_last_reload_successful 0$/m);
  const line = exporter.logLines.find((each) => each.includes('Going on without')) ?? '';
  return line.replaceAll('\\"', '"');
}

t.test('flags that are not served', async (t) => {
  const rows = [
    [['--metric-prefix=x'], /pg_…/],
    [['--constantLabels=server=x'], /the label server is one of the metrics themselves/],
    [['--collector.stat_statements.limit=5001'], /'--collector.stat_statements.limit': 5001; it may be 5000 at most/],
    [['--collector.stat_statements.query_length=x'], /'--collector.stat_statements.query_length'/],
    [['--dumpmaps'], /maps/],
    [['--data-source.name=postgresql://h/?sslmode=allow'], /sslmode "allow"/],
    [['--data-source.name=nonsense'], /name=value/],
  ] as const;
  for (const [args, message] of rows) {
    await t.rejects(startTestExporter(t, 'postgres', args), { name: 'UsageError', message }, args.join(' '));
  }
});

t.test('several data sources: one pg_up, a label for each server, one count for all', async (t) => {
  const [one, other] = [await startPgServer(t), await startPgServer(t)];
  const source = (target: string) => `postgresql://me@${target}/base?sslmode=disable`;
  const down = source(await closedPort());
  const scrape = async (sources: readonly string[]) => {
    const exporter = await startTestExporter(t, 'postgres', [], { DATA_SOURCE_NAME: sources.join(',') });
    return readExposition((await exporter.get('/metrics')).text);
  };
  const both = await scrape([source(one.target), source(other.target)]);
  const servers = [...(both.get('pg_static')?.series.keys() ?? [])];
  t.same(
    servers.map((series) => /server="([^"]+)"/.exec(series)?.[1]),
    [one.target, other.target],
  );
  t.same([...(both.get('pg_exporter_scrapes_total')?.series.values() ?? [])], ['1']);
  t.equal(both.get('pg_scrape_collector_success')?.series.size, 11, 'the collectors of the first alone');
  const rows = [
    { name: 'both are up', sources: [source(one.target), source(other.target)], up: '1', error: '0' },
    { name: 'the first is down', sources: [down, source(other.target)], up: '1', error: '1' },
    { name: 'the second is down', sources: [source(one.target), down], up: '1', error: '1' },
    { name: 'both are down', sources: [down, down], up: '0', error: '1' },
  ];
  for (const { name, sources, up, error } of rows) {
    const families = await scrape(sources);
    t.equal(families.get('pg_up')?.series.get('pg_up'), up, name);
    const series = families.get('pg_exporter_last_scrape_error')?.series;
    t.equal(series?.get('pg_exporter_last_scrape_error'), error, name);
  }
  const same = await scrape([source(one.target), source(one.target)]);
  t.equal(same.get('pg_static')?.series.size, 1, 'two databases of one server');
});

t.test('what there is to say of the file of logins', async (t) => {
  const gauges = (text: string) =>
    [...text.matchAll(/^postgres_exporter_config_last_reload_success\w* (.+)$/gm)].map(([, value]) => Number(value));
  const none = await startTestExporter(t, 'postgres', []);
  t.same(gauges((await none.get('/metrics')).text), [0, 0], 'there is none');
  const file = join(t.testdir({ 'a.yml': 'auth_modules: {}' }), 'a.yml');
  const exporter = await startTestExporter(t, 'postgres', [`--config.file=${file}`]);
  const [readAt = 0, isUsable] = gauges((await exporter.get('/metrics')).text);
  t.ok(readAt > 0);
  t.equal(isUsable, 1);
  writeFileSync(file, 'auth_modules: []');
  t.match(await exporter.reload?.(), /mapping/);
  t.same(gauges((await exporter.get('/metrics')).text), [readAt, 0]);
});

t.test('files of queries that cannot be used say what is wrong', async (t) => {
  const columns = (usage: string) => `a: {query: SELECT 1, metrics: [{x: {usage: ${usage}}}]}`;
  const rows = [
    ['a: [', /queries\.yaml:1:\d+/],
    ['\n[a]', /queries\.yaml:2:1: a list is not possible here/],
    ['a: {query: SELECT 1}\na: {query: SELECT 2}', /queries\.yaml:2:1: a: the key is there twice; the first is at 1:1/],
    ['a:\n  metrics: []', /queries\.yaml:2:3: a\.query: the key is missing/],
    ['a:\n  query: ""', /queries\.yaml:2:10: a\.query: the statement is missing/],
    [
      'a: {query: SELECT 1,\n  cache_seconds: 86401}',
      /queries\.yaml:2:18: a\.cache_seconds: an answer is kept for 86400/,
    ],
    ['a: {query: SELECT 1,\n  master: 7}', /queries\.yaml:2:11: a\.master: /],
    ['a: {query: SELECT 1}\na-b: {query: SELECT 1}', /queries\.yaml:2:6: a-b: the name of a query/],
    ['probe_x: {query: SELECT 1}', /queries\.yaml:1:10: probe_x: metrics of Sonde itself/],
    [columns('gauge'), /queries\.yaml:1:44: a\.metrics\[0\]\.x\.usage: .*did you mean "GAUGE"/],
    ['a: {query: SELECT 1, metrics: [{server: {usage: LABEL}}]}', /:1:41: .*metrics have this label without the query/],
    [
      'a: {query: SELECT 1, metrics: [{x: {usage: GAUGE}},\n {x: {usage: LABEL}}]}',
      /:2:6: a\.metrics\[1\]\.x: this column was there before/,
    ],
    ['a: {query: SELECT 1, metrics: [{x y: {usage: GAUGE}}]}', /:1:38: .*letters, digits and _/],
    [
      'a: {query: SELECT 1, metrics: [{x: {usage: MAPPEDMETRIC, metric_mapping: {b: c}}}]}',
      /queries\.yaml:1:78: a\.metrics\[0\]\.x\.metric_mapping\.b: .*leads to numbers/,
    ],
    [
      `${columns('HISTOGRAM')}\na_x: {query: SELECT 1, metrics: [{sum: {usage: GAUGE}}]}`,
      /queries\.yaml:2:6: a_x: .*a_x_sum .*query a, too/,
    ],
  ] as const;
  for (const [text, message] of rows) {
    const file = join(t.testdir({ 'queries.yaml': text }), 'queries.yaml');
    t.match(await goesOnWithout(t, `--extend.query-path=${file}`), message, text);
  }
  const file = join(t.testdir({ 'queries.yaml': columns('LABEL') }), 'queries.yaml');
  const args = [`--extend.query-path=${file}`, '--constantLabels=x=1'];
  await t.rejects(startTestExporter(t, 'postgres', args), { message: /the label x is one of a custom query/ });
  const { text } = await (await startTestExporter(t, 'postgres', args.slice(0, 1))).get('/metrics');
  t.match(text, /^pg_exporter_user_queries_load_error\{filename="[^"]+queries\.yaml",hashsum="[0-9a-f]{64}"\} 0$/m);
});

t.test('unknown keys in a file of queries are passed over, as by postgres_exporter, and told', async (t) => {
  const many = Array.from({ length: 100 }, (_, at) => `\n  odd_${at}: [1]`).join(',');
  const queries = 'a: {query: SELECT 1,\n  cache_second: 1, metrics: [{x: {usage: GAUGE, pg_version: 12}}]}\n';
  const file = join(t.testdir({ 'queries.yaml': `${queries}b: {query: SELECT 2,${many}}` }), 'queries.yaml');
  const exporter = await startTestExporter(t, 'postgres', [`--extend.query-path=${file}`]);
  const told = exporter.logLines.filter((line) => line.includes('level=WARN'));
  t.match(told[0], /Passing over a key .*queries\.yaml:2:3: a\.cache_second: .*did you mean \\"cache_seconds\\"/);
  t.match(told[1], /queries\.yaml:2:49: a\.metrics\[0\]\.x\.pg_version: there is no such key/);
  t.equal(told.length, 20, 'not all of many');
  writeFileSync(file, 'a: {query: SELECT 1, later: 1}');
  t.equal(await exporter.reload?.(), undefined);
  t.match(exporter.logLines.at(-1), /a\.later: there is no such key/);
});

t.test(
  'a file of queries that can no longer be used: the service says so, and goes on with those before',
  async (t) => {
    const file = join(t.testdir({ 'queries.yaml': 'a: {query: SELECT 1}' }), 'queries.yaml');
    const env = { DATA_SOURCE_NAME: `postgresql://me@${await closedPort()}/base?sslmode=disable` };
    const exporter = await startTestExporter(t, 'postgres', [`--extend.query-path=${file}`], env);
    const told = async (): Promise<string> => {
      const { text } = await exporter.get('/metrics');
      return /^pg_exporter_user_queries_load_error\{.*hashsum="(.*)"\} (\d)$/m.exec(text)?.slice(1).join(' ') ?? text;
    };
    const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
    t.equal(await told(), `${hashOf('a: {query: SELECT 1}')} 0`);
    const late = await startTestExporter(t, 'postgres', [`--extend.query-path=${file}.later`], env);
    t.match((await late.get('/metrics')).text, /^pg_exporter_user_queries_load_error\{.*hashsum=""\} 1$/m);
    writeFileSync(`${file}.later`, 'a: {query: SELECT 1}');
    t.equal(await late.reload?.(), undefined);
    t.match((await late.get('/metrics')).text, /^pg_exporter_user_queries_load_error\{.*\} 0$/m);
    writeFileSync(file, 'a: {sql: SELECT 1}');
    t.match(await exporter.reload?.(), /queries\.yaml:1:5: a\.sql: /);
    t.equal(await told(), `${hashOf('a: {sql: SELECT 1}')} 1`);
    rmSync(file);
    t.match(await exporter.reload?.(), /queries\.yaml/);
    t.equal(await told(), ' 1', 'a file that is not there has no checksum');
    writeFileSync(file, 'b: {query: SELECT 2}');
    t.equal(await exporter.reload?.(), undefined);
    t.equal(await told(), `${hashOf('b: {query: SELECT 2}')} 0`);
  },
);

t.test('connection strings', (t) => {
  const rows = [
    [
      'postgresql://u:p%40:x@db:1/base?sslmode=disable',
      { target: 'db:1/base', username: 'u', password: 'p@:x', tls: false },
    ],
    ['postgres://u@[::1]/', { target: '[::1]:5432/u', username: 'u', password: '', tls: true }],
    ["host=db port=1 user=u password='a \\'b' dbname=x sslmode=disable", { target: 'db:1/x', password: "a 'b" }],
    ['postgresql:///x?host=/run/postgresql&user=u', { target: '/run/postgresql/.s.PGSQL.5432', username: 'u' }],
    ['host=db sslmode=verify-full sslrootcert=/ca', { tls: true, tlsConfig: { ca_file: '/ca' } }],
    ['host=db', { tls: true, tlsConfig: { insecure_skip_verify: true } }],
  ] as const;
  for (const [text, source] of rows) t.match(readDataSource(text, new Map()), source, text);
  t.end();
});

t.test('the collectors are those of the prober', (t) => {
  const statements = { withText: false, textLength: 0, most: 0, withoutDatabases: [], withoutUsers: [] };
  const all = allCollectors({ statements, withoutDatabases: [] });
  t.same([...POSTGRES_COLLECTORS].sort(), all.map(({ name, isDefault }) => [name, isDefault]).sort());
  t.end();
});
