import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ALL_COLLECTORS } from '../../../src/probers/mysql/collectors/all-collectors.js';
import { parseMyCnf } from '../../../src/services/exporters/mysql/my-cnf.js';
import { MYSQL_COLLECTORS } from '../../../src/services/exporters/mysql/mysql-flags.js';
import { loginOf, readMysqlSource } from '../../../src/services/exporters/mysql/mysql-login.js';
import { readExposition } from '../../helpers/exposition.js';
import { complaint, ONLY_VERSION, startMysqlServer, table } from '../../helpers/servers/mysql-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';

t.test('the telemetry path has the server, the collectors and the process', async (t) => {
  const { target } = await startMysqlServer(t);
  const env = { MYSQLD_EXPORTER_PASSWORD: 'secret' };
  const exporter = await startTestExporter(t, 'mysql', [`--mysqld.address=${target}`, '--mysqld.username=me'], env);
  const { status, headers, text } = await exporter.get('/metrics');
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  const families = readExposition(text);
  t.match(text, /^mysql_up 1$/m);
  t.match(text, /^mysql_exporter_collector_success\{collector="collect.global_status"\} 0$/m, 'the server refuses it');
  t.match(text, /^mysql_exporter_collector_duration_seconds\{collector="connection"\} /m);
  t.match(text, /^mysqld_exporter_build_info\{/m);
  t.ok(families.has('process_cpu_seconds_total'));
  t.same(
    [...families.keys()].filter((name) => name.startsWith('probe_')),
    [],
  );
});

t.test('an address without a host is this machine', async (t) => {
  const { target } = await startMysqlServer(t);
  const address = `:${target.split(':')[1] ?? ''}`;
  const exporter = await startTestExporter(t, 'mysql', [`--mysqld.address=${address}`, '--mysqld.username=me']);
  t.match((await exporter.get('/metrics')).text, /^mysql_up 1$/m);
});

t.test('--exporter.log_slow_filter: the statement of mysqld_exporter, which a server may refuse', async (t) => {
  const filter = "SET SESSION log_slow_filter = 'tmp_table_on_disk,filesort_on_disk'";
  for (const refusal of [undefined, complaint(1, 1193, "Unknown system variable 'log_slow_filter'")]) {
    const asked: string[] = [];
    const { target } = await startMysqlServer(t, (sql, socket) => {
      asked.push(sql);
      return sql === filter && refusal !== undefined ? refusal : ONLY_VERSION(sql, socket);
    });
    const args = [`--mysqld.address=${target}`, '--mysqld.username=me'];
    const exporter = await startTestExporter(t, 'mysql', [...args, '--exporter.log_slow_filter']);
    t.match((await exporter.get('/metrics')).text, /^mysql_up 1$/m);
    t.equal(asked.filter((sql) => sql === filter).length, 1);
    t.equal(
      exporter.logLines.some((line) => line.includes('Unknown system variable')),
      refusal !== undefined,
    );
    const without = await startTestExporter(t, 'mysql', args);
    await without.get('/metrics');
    t.equal(asked.filter((sql) => sql === filter).length, 1, 'only where it is asked for');
  }
});

t.test('a server that is down, collectors that are off, on and chosen', async (t) => {
  const down = await startTestExporter(t, 'mysql', [`--mysqld.address=${await closedPort()}`, '--mysqld.username=me']);
  const answer = await down.get('/metrics');
  t.equal(answer.status, 200);
  t.match(answer.text, /^mysql_up 0$/m);
  t.notMatch(answer.text, /^mysql_exporter_/m);
  const { target } = await startMysqlServer(t);
  const args = ['--no-collect.slave_status', '--collect.info_schema.tables', '--mysqld.username=me'];
  const exporter = await startTestExporter(t, 'mysql', [`--mysqld.address=${target}`, ...args]);
  const asked = async (query: string): Promise<readonly string[]> => {
    const { text } = await exporter.get(`/metrics${query}`);
    return [...text.matchAll(/^mysql_exporter_collector_success\{collector="collect\.(.*)"\}/gm)].map(
      ([, name = '']) => name,
    );
  };
  const all = await asked('');
  t.notOk(all.includes('slave_status'));
  t.ok(all.includes('info_schema.tables'));
  t.same(await asked('?collect[]=info_schema.tables&collect[]=global_status'), ['global_status', 'info_schema.tables']);
  t.same(await asked('?collect[]=slave_status'), all, 'what is off cannot be chosen, so nothing is');
  t.same(await asked('?collect%5B%5D=global_status'), ['global_status']);
});

t.test('/probe takes the section that it names, for targets that may have its password', async (t) => {
  const { target } = await startMysqlServer(t);
  const [, port = ''] = target.split(':');
  const file = fileOf(t, [
    '[client]',
    'user = me',
    'password = "sec#ret" # with a comment',
    '[client.here]',
    'host = 127.0.0.1',
    `port = ${port}`,
    '[open]',
    'user=anybody',
    '[nobody]',
    'password=x',
  ]);
  const start = (...args: readonly string[]) => startTestExporter(t, 'mysql', [`--config.my-cnf=${file}`, ...args]);
  const trusted = await start('--mysqld.credentials-for=127.0.0.*');
  const careful = await start();
  for (const { name, of, query, up } of [
    { name: 'the section client', of: trusted, query: `target=${target}`, up: 1 },
    { name: 'the target may not have its password', of: careful, query: `target=${target}`, up: 0 },
    {
      name: 'the address stands in the section',
      of: careful,
      query: `target=${target}&auth_module=client.here`,
      up: 1,
    },
    { name: 'a section without a password', of: careful, query: `target=${target}&auth_module=open`, up: 1 },
  ]) {
    const { status, text } = await of.get(`/probe?${query}`);
    t.equal(status, 200, name);
    t.match(text, new RegExp(`^mysql_up ${up}$`, 'm'), name);
    t.notMatch(text, /^process_/m, name);
  }
  for (const [query, text] of [
    ['', 'target is required\n'],
    ['?target=', 'target is required\n'],
    [`?target=${target}&auth_module=nope`, 'Could not find config section [nope]\n'],
    [`?target=${target}&auth_module=nobody`, 'Could not find config section [nobody]\n'],
    ['?target=127.0.0.1', 'Error forming dsn from config section [client]\n'],
  ] as const) {
    const answer = await careful.get(`/probe${query}`);
    t.same({ status: answer.status, text: answer.text }, { status: 400, text }, query);
  }
});

t.test('passwords: as they are, and with variables', async (t) => {
  const { target } = await startMysqlServer(t);
  const args = ['--mysqld.username=me', `--mysqld.address=${target}`];
  const literal = await startTestExporter(t, 'mysql', args, { MYSQLD_EXPORTER_PASSWORD: '${ENV:NOTHING} $x' });
  t.match((await literal.get('/metrics')).text, /^mysql_up 1$/m);
  const file = fileOf(t, ['[client]', 'user=me', 'password=${NO_SUCH_VARIABLE}']);
  await t.rejects(startTestExporter(t, 'mysql', [`--config.my-cnf=${file}`]), { message: /NO_SUCH_VARIABLE/ });
});

t.test('what ends the start', async (t) => {
  const rows: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
    ['nobody logs in', [], /nothing says who logs in/],
    ['an address without a port', ['--mysqld.address=db', '--mysqld.username=x'], /--mysqld\.address': .*missing port/],
    ['a port that is none', ['--mysqld.address=db:x', '--mysqld.username=x'], /--mysqld\.address': "x" is no port/],
    ['a data source that is none', ['--data-source.name=secret'], /^cannot read the data source: it is no user/],
    ['a file that is not there', ['--config.my-cnf=/nowhere/my.cnf'], /\/nowhere\/my\.cnf/],
    ['a line of no section', [`--config.my-cnf=${fileOf(t, ['user=x'])}`], /:1: this stands before the first section/],
    ['a section without its end', [`--config.my-cnf=${fileOf(t, ['[a'])}`], /:1: the name of a section/],
    ['a TLS that nobody has', [`--config.my-cnf=${fileOf(t, ['[client]', 'user=x', 'tls=maybe'])}`], /tls "maybe"/],
  ];
  for (const [name, args, says] of rows) {
    const error = await startTestExporter(t, 'mysql', args).catch((error: unknown) => error);
    t.match(error instanceof Error ? error.message : '', says, name);
    t.notMatch(error instanceof Error ? error.message : '', /secret/, name);
  }
});

t.test('a section client.x has what client says, and comments and quotes are read as MySQL does', async (t) => {
  const { sections } = parseMyCnf(
    [
      '# a comment',
      '; another',
      '[client]',
      'user = root ; a comment',
      "password='it is # all'",
      'skip-name-resolve',
      '[client.a]',
      'user=a',
      '[client.a.b]',
      'port=7',
      '[__proto__]',
      'user=p',
    ].join('\n'),
    'x',
  );
  t.same(Object.fromEntries(sections.get('client') ?? []), {
    user: 'root',
    password: 'it is # all',
    'skip-name-resolve': '',
  });
  t.equal(sections.get('client.a.b')?.get('user'), 'a');
  t.equal(sections.get('client.a.b')?.get('password'), 'it is # all');
  t.equal(sections.get('client.a.b')?.get('port'), '7');
  t.equal(sections.get('__proto__')?.get('user'), 'p');
});

t.test('data sources as mysqld_exporter had them', async (t) => {
  for (const [text, target, user, password, tls] of [
    ['me:secret@tcp(db:3307)/', 'db:3307', 'me', 'secret', false],
    ['me:secret@(db:3307)/', 'db:3307', 'me', 'secret', false],
    ['me:a@b:c/d@(db)/base', 'db:3306', 'me', 'a@b:c/d', false],
    ['me@unix(/run/mysqld.sock)/', '/run/mysqld.sock', 'me', '', false],
    ['me:x@tcp([::1]:3306)/?tls=skip-verify&timeout=3s', '[::1]:3306', 'me', 'x', true],
    ['me:x@/', '127.0.0.1:3306', 'me', 'x', false],
    ['me:x@(:3307)/', 'localhost:3307', 'me', 'x', false],
  ] as const) {
    const login = readMysqlSource(text);
    t.same([login.target, login.username, login.password, login.tls], [target, user, password, tls], text);
  }
});

t.test('whoever skips the verification has TLS, as in mysqld_exporter 0.19', async (t) => {
  const unverified = { tls: true, tlsConfig: { insecure_skip_verify: true } };
  const noFiles = { ca_file: '/ca', cert_file: '', key_file: '' };
  const rows: readonly (readonly [name: string, keys: object, skips: boolean, tls: object])[] = [
    ['nothing', {}, false, { tls: false, tlsConfig: {} }],
    ['the flag alone', {}, true, unverified],
    ['the flag, no TLS', { tls: 'false' }, true, unverified],
    ['the flag, a CA file', { 'ssl-ca': '/ca', tls: 'true' }, true, unverified],
    ['the key alone', { 'ssl-skip-verfication': 'true' }, false, unverified],
    ['a CA file', { 'ssl-ca': '/ca' }, false, { tls: true, tlsConfig: noFiles }],
    ['TLS', { tls: 'true' }, false, { tls: true, tlsConfig: {} }],
    ['another way to skip it', { tls: 'skip-verify' }, false, unverified],
    ['TLS if there is some', { tls: 'preferred' }, false, { ...unverified, isTlsOptional: true }],
  ];
  for (const [name, keys, skips, expected] of rows) {
    const { tls, tlsConfig, isTlsOptional } = loginOf(new Map(Object.entries({ user: 'x', ...keys })), skips);
    t.same({ tls, tlsConfig, ...(isTlsOptional && { isTlsOptional }) }, expected, name);
  }
});

t.test('TLS that is preferred, with a server that does not speak it', async (t) => {
  const { target } = await startMysqlServer(t);
  for (const [tls, up] of [
    ['preferred', 1],
    ['skip-verify', 0],
  ] as const) {
    const env = { DATA_SOURCE_NAME: `me:secret@tcp(${target})/?tls=${tls}` };
    const { text } = await (await startTestExporter(t, 'mysql', [], env)).get('/metrics');
    t.match(text, new RegExp(`^mysql_up ${up}$`, 'm'), tls);
  }
});

t.test('the flags know the collectors of the prober', async (t) => {
  t.same([...MYSQL_COLLECTORS].sort(), ALL_COLLECTORS.map(({ name, isDefault }) => [name, isDefault]).sort());
});

t.test('a change of the file is read at a reload', async (t) => {
  const { target } = await startMysqlServer(t, (sql, socket) =>
    sql === 'SHOW GLOBAL STATUS' ? table(['a', 'b'], [['Uptime', '1']]) : ONLY_VERSION(sql, socket),
  );
  const file = fileOf(t, ['[other]', 'user=x']);
  const exporter = await startTestExporter(t, 'mysql', [`--config.my-cnf=${file}`]);
  t.notMatch((await exporter.get('/metrics')).text, /^mysql_up/m, 'no section client');
  const [host = '', port = ''] = target.split(':');
  writeFileSync(file, `[client]\nuser=x\nhost=${host}\nport=${port}\n`);
  t.equal((await exporter.get('/-/reload', { method: 'POST' })).status, 200);
  t.match((await exporter.get('/metrics')).text, /^mysql_global_status_uptime 1$/m);
});

t.test('what is passed over in a file, and a file that is not there', async (t) => {
  const { target } = await startMysqlServer(t);
  const [host = '', port = ''] = target.split(':');
  const file = fileOf(t, ['[client]', 'user=x', `host=${host}`, '!includedir /x', `port=${port}`, '[b]', '!include x']);
  const odd = await startTestExporter(t, 'mysql', [`--config.my-cnf=${file}`]);
  t.match((await odd.get('/metrics')).text, /^mysql_up 1$/m);
  const told = odd.logLines.filter((line) => line.includes('Passing over a line'));
  t.match(told, [/cnf:4: other files/, /cnf:7: other files/]);
  const flags = [`--config.my-cnf=${file}.none`, `--mysqld.address=${target}`];
  const without = await startTestExporter(t, 'mysql', [...flags, '--mysqld.username=x']);
  t.match((await without.get('/metrics')).text, /^mysql_up 1$/m);
  t.ok(without.logLines.some((line) => line.includes('Going on without --config.my-cnf')));
  t.match(await without.reload?.(), /none/, 'later, that is a mistake');
  await t.rejects(startTestExporter(t, 'mysql', flags), { message: /none/ }, 'nobody would log in');
});

t.test('a reload without a file', async (t) => {
  const exporter = await startTestExporter(t, 'mysql', ['--mysqld.address=127.0.0.1:1', '--mysqld.username=x']);
  t.equal((await exporter.get('/-/reload', { method: 'POST' })).status, 200);
  t.equal((await exporter.get('/-/reload')).status, 200, 'as upstream, a GET will do');
  t.match((await exporter.get('/metrics')).text, /^mysql_up 0$/m);
});

function fileOf(t: Test, lines: readonly string[]): string {
  const folder = existsSync(t.testdirName) ? t.testdirName : t.testdir({});
  const file = join(folder, `${Math.random()}.cnf`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
