import { writeFileSync } from 'node:fs';
import t from 'tap';
import { FlagValues } from '../../../src/flags/flag-values.js';
import { parseFlags } from '../../../src/flags/parse-flags.js';
import { exporterFlags } from '../../../src/services/exporters/exporter-flags.js';
import { readExposition } from '../../helpers/exposition.js';
import { bulk, type RedisAnswer, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { exporterNamed, startTestExporter } from '../../helpers/services/start-exporter.js';

/** Wants a login of the user `monitor`, and notes what it was asked. */
function guarded(password: string, asked: string[] = []): RedisAnswer {
  const known = new WeakSet<object>();
  return (command, socket) => {
    asked.push(command);
    if (command.startsWith('AUTH ')) {
      const isRight = command === `AUTH monitor ${password}` || command === `AUTH ${password}`;
      if (isRight) known.add(socket);
      return isRight ? '+OK\r\n' : '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
    }
    if (!known.has(socket)) return '-NOAUTH Authentication required.\r\n';
    return command.startsWith('INFO') ? bulk(SMALL_INFO) : '-ERR unknown command\r\n';
  };
}

t.test('the telemetry path has the server, the exporter and the process', async (t) => {
  const { target: address } = await startRedisServer(t, withInfo(SMALL_INFO));
  const exporter = await startTestExporter(t, 'redis', [`--redis.addr=redis://${address}`]);
  const { status, headers, text } = await exporter.get('/metrics');
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  const families = readExposition(text);
  t.match(text, /^redis_up 1$/m);
  t.match(text, /^redis_exporter_scrapes_total 1$/m);
  t.match(text, /^redis_exporter_last_scrape_error\{err=""\} 0$/m);
  t.match(text, /^redis_exporter_scrape_duration_seconds_count 1$/m);
  t.match(
    text,
    /^redis_exporter_build_info\{build_date="unknown",commit_sha="r",golang_version="node20.1.2",version="1.2.3"\} 1$/m,
  );
  t.ok(families.has('process_cpu_seconds_total'));
  t.same(
    [...families.keys()].filter((name) => name.startsWith('probe_')),
    [],
    'nothing of probes',
  );
  t.same([...families.keys()], [...families.keys()].sort(), 'families in order');
  t.match((await exporter.get('/metrics')).text, /^redis_exporter_scrapes_total 2$/m);
  t.equal((await exporter.get('/health')).text, 'ok');
  t.equal((await exporter.get('/-/healthy')).status, 200);
  t.match((await exporter.get('/')).text, 'href="metrics"');
  const { status: nothing, text: why } = await exporter.get('/-/reload');
  t.same([nothing, why], [400, 'There is no pwd file specified\n']);
});

t.test('flags and variables', async (t) => {
  const { target: address } = await startRedisServer(t, guarded('secret'));
  const env = { REDIS_ADDR: address, REDIS_USER: 'monitor', REDIS_PASSWORD: 'secret' };
  const rows: readonly {
    readonly name: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly up: 0 | 1;
  }[] = [
    { name: 'variables', args: [], env, up: 1 },
    {
      name: 'variables that say nothing',
      args: [],
      env: { ...env, REDIS_EXPORTER_IS_CLUSTER: 'yes', REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE: 'x' },
      up: 1,
    },
    { name: 'a flag before a variable', args: ['--redis.password=wrong'], env, up: 0 },
    { name: 'flags', args: [`--redis.addr=${address}`, '--redis.user=monitor', '--redis.password=secret'], up: 1 },
    { name: 'in the address', args: [`--redis.addr=redis://monitor:s%65cret@${address}/0`], up: 1 },
    { name: 'a password alone in the address', args: [`--redis.addr=redis://s%65cret@${address}`], up: 1 },
    {
      name: 'a password alone in the address, beside a user',
      args: [`--redis.addr=redis://secret@${address}`, '--redis.user=monitor'],
      up: 1,
    },
    { name: 'a query', args: [`--redis.addr=redis://monitor:secret@${address}/?db=3`], up: 1 },
    {
      name: 'no host',
      args: [`--redis.addr=redis://monitor:secret@:${address.split(':')[1] ?? ''}`],
      up: 1,
    },
    { name: 'no login', args: [`--redis.addr=${address}`], up: 0 },
    {
      name: 'a user without a password does not log in',
      args: [`--redis.addr=${address}`, '--redis.user=monitor'],
      up: 0,
    },
  ];
  for (const { name, args, env = {}, up } of rows) {
    const exporter = await startTestExporter(
      t,
      'redis',
      ['--redis-only-metrics', '--web.telemetry-path=/m', ...args],
      env,
    );
    const { status, text } = await exporter.get('/m');
    t.equal(status, 200, name);
    t.match(text, new RegExp(`^redis_up ${up}$`, 'm'), name);
    t.notMatch(text, /^(?:process_|nodejs_|redis_exporter_build)/m, name);
    t.notMatch(text + exporter.logLines.join(''), /secret|wrong\b/, 'no password is shown');
  }
});

t.test('with an empty address only /scrape asks servers', async (t) => {
  const { target } = await startRedisServer(t, withInfo(SMALL_INFO));
  const exporter = await startTestExporter(t, 'redis', [], { REDIS_ADDR: '' });
  t.notMatch((await exporter.get('/metrics')).text, /^redis_up/m);
  t.match((await exporter.get(`/scrape?target=${target}`)).text, /^redis_up 1$/m);
});

t.test('down and wrong password: 200, with the error', async (t) => {
  const { target: address } = await startRedisServer(t, guarded('secret'));
  for (const [addr, err] of [
    [await closedPort(), /connect: connection refused/],
    [address, /NOAUTH Authentication required/],
  ] as const) {
    const exporter = await startTestExporter(t, 'redis', [`--redis.addr=${addr}`]);
    const { status, text } = await exporter.get('/metrics');
    t.equal(status, 200);
    t.match(text, /^redis_up 0$/m);
    t.match(/^redis_exporter_last_scrape_error\{err="(.*)"\} 1$/m.exec(text)?.[1], err);
    t.match(exporter.logLines.join(''), err, 'and a line in the log');
  }
});

t.test('/scrape', async (t) => {
  const asked: string[] = [];
  const { target: open } = await startRedisServer(t, withInfo(SMALL_INFO));
  const { target: closed } = await startRedisServer(t, guarded('secret', asked));
  const file = `${t.testdir({})}/passwords.json`;
  writeFileSync(file, JSON.stringify({ [`redis://monitor@${closed}`]: 'secret', [`redis://${open}`]: '' }));
  const exporter = await startTestExporter(t, 'redis', [
    `--redis.addr=${await closedPort()}`,
    `--redis.password-file=${file}`,
  ]);
  const scrape = async (target: string) => exporter.get(`/scrape?target=${encodeURIComponent(target)}`);
  for (const query of ['', '?target=', '?x=1']) {
    const { status, text } = await exporter.get(`/scrape${query}`);
    t.equal(status, 400);
    t.equal(text, "'target' parameter must be specified\n");
  }
  const bad = await scrape('redis://u:secret@[');
  t.equal(bad.status, 400);
  t.equal(bad.text, `Invalid 'target' parameter, parse err: parse "redis://[": missing ']' in host \n`);
  const long = await scrape('x'.repeat(16_385));
  t.equal(long.status, 400);
  t.equal(long.text, 'Target parameter is longer than 16384 characters\n');
  t.match((await exporter.get('/metrics')).text, /^redis_target_scrape_request_errors_total 5$/m);
  for (const [target, up] of [
    [open, 1],
    [`redis://${open}`, 1],
    [closed, 0],
    [`redis://monitor@${closed}`, 1],
    [`redis://monitor:ignored@${closed}`, 1],
    ['http://127.0.0.1:1', 0],
    ['redis://127.0.0.1:6379/a', 0],
  ] as const) {
    const { status, text } = await scrape(target);
    t.equal(status, 200, target);
    t.match(text, new RegExp(`^redis_up ${up}$`, 'm'), target);
    t.match(text, /^redis_exporter_scrapes_total 1$/m, 'of this scrape alone');
    t.notMatch(text, /^process_|ignored/m);
  }
  t.notOk(
    asked.some((command) => command.includes('ignored')),
    'a password in a target goes nowhere',
  );

  writeFileSync(file, 'secret');
  const broken = await exporter.get('/-/reload', { method: 'POST' });
  t.equal(broken.status, 500);
  t.notMatch(broken.text, /secret/);
  t.match((await scrape(`redis://monitor@${closed}`)).text, /^redis_up 1$/m, 'the passwords are the ones before');
  writeFileSync(file, '{}');
  const fromPage = await exporter.get('/-/reload', { headers: { 'sec-fetch-site': 'cross-site' } });
  t.equal(fromPage.status, 405, 'a page of another site');
  t.equal((await exporter.get('/-/reload')).status, 200, 'as upstream, a GET will do');
  t.match((await scrape(`redis://monitor@${closed}`)).text, /^redis_up 0$/m, 'now they are gone');
});

t.test('the password of the command line goes to its own server, and to those that are named', async (t) => {
  const asked: string[] = [];
  const { target: main } = await startRedisServer(t, guarded('secret'));
  const { target: other } = await startRedisServer(t, guarded('secret', asked));
  const args = [`--redis.addr=${main}`, '--redis.password=secret'];
  const strict = await startTestExporter(t, 'redis', args);
  t.match((await strict.get('/metrics')).text, /^redis_up 1$/m);
  t.match((await strict.get(`/scrape?target=${main}`)).text, /^redis_up 1$/m);
  const { text } = await strict.get(`/scrape?target=${other}`);
  t.match(text, /^redis_up 0$/m);
  t.match(text, /last_scrape_error\{err="credentials_for of the module has no pattern that matches the target"\} 1/);
  t.same(asked, [], 'nobody was asked');
  const open = await startTestExporter(t, 'redis', [...args, '--redis.credentials-for=127.0.0.*']);
  t.match((await open.get(`/scrape?target=${other}`)).text, /^redis_up 1$/m);
  for (const [user, name] of [
    ['bob', 'bob'],
    ['b%6Fb%40x', 'bob@x'],
  ] as const) {
    asked.length = 0;
    t.match((await open.get(`/scrape?target=${encodeURIComponent(`redis://${user}:x@${other}`)}`)).text, /^redis_up/m);
    t.match(asked.join('\n'), `AUTH ${name} secret`, 'the user of the target, the password of the command line');
  }
  t.equal((await open.get(`/scrape?target=${encodeURIComponent(`redis://b%zz@${other}`)}`)).status, 400);
});

t.test('what is not served', async (t) => {
  const { target: address } = await startRedisServer(t, withInfo(SMALL_INFO));
  const start = (...args: readonly string[]) => startTestExporter(t, 'redis', [`--redis.addr=${address}`, ...args]);
  await start('--script=', '--set-client-name', '--no-include-config-metrics');
  const rows = [
    ['--include-config-metrics', /six settings are read/],
    ['--append-instance-role-label', /the label of redis_instance_info only/],
  ] as const;
  for (const [arg, reason] of rows) {
    await t.rejects(start(arg), { name: 'UsageError', message: /^flag '--.*' is not served: / }, arg);
    await t.rejects(start(arg), { message: reason }, arg);
  }
  const told = await start('--no-set-client-name', '--include-go-runtime-metrics', '--ping-on-connect');
  const warnings = told.logLines.filter((line) => line.includes('Flag without effect'));
  for (const flag of ['--no-set-client-name', '--include-go-runtime-metrics']) t.match(warnings.join(''), flag);
  t.equal(warnings.length, 2, 'without a ping, nothing is missing');
  await t.rejects(start('--check-keys-batch-size=0'), { message: /it may be 1 to 10000/ });
  await t.rejects(start('--max-distinct-key-groups=5001'), { message: /it may be 5000 at most/ });
  await t.rejects(start('--check-key-groups=a"b'), { message: /a quote inside of a field/ });
  await t.rejects(start('--script=/nonexistent.lua'), { message: /nonexistent.lua: no such file or directory/ });
  await t.rejects(start(`--script=${t.testdir({ 'x.lua': ' ' })}/x.lua`), { message: /the script is empty/ });
  await t.rejects(start('--include-search-indexes-metrics', '--check-search-indexes=['), {
    message: /missing closing/,
  });
  await t.rejects(start('--check-keys=a=b=c'), { message: /expected a key, or db0=key/ });
  await t.rejects(start('--tls-client-key-file=x'), {
    message: 'TLS client key file and cert file should both be present',
  });
  await t.rejects(start('--redis.password-file=/nonexistent'), { message: /no such file or directory/ });
  const closed = await start('--disable-scrape-endpoint', '--debug');
  t.equal((await closed.get(`/scrape?target=${address}`)).status, 404);
  await closed.get('/metrics');
  t.match(closed.logLines.join(''), /level=DEBUG/);
  const without = await start('--exclude-latency-histogram-metrics');
  t.notMatch((await without.get('/metrics')).text, 'redis_commands_latencies_usec');
});

t.test('scripts, groups of keys, modules, indexes and Tile38 by flags', async (t) => {
  const asked: string[] = [];
  const info = `${SMALL_INFO}# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n`;
  const { target: address } = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    if (command.startsWith('SELECT')) return '+OK\r\n';
    if (command.startsWith('EVAL_RO return')) return `*2\r\n${bulk('a')}${bulk('1')}`;
    if (command.startsWith('EVAL_RO')) return `*4\r\n${bulk('0')}${bulk('g')}:1\r\n:9\r\n`;
    if (command === 'FT._LIST') return `*1\r\n${bulk('i')}`;
    return withInfo(info)(command, socket);
  });
  const folder = t.testdir({ 'a.lua': 'return {"a", "1"}\n' });
  const exporter = await startTestExporter(t, 'redis', [
    ...[`--redis.addr=${address}`, `--script=${folder}/a.lua`, '--lua-script-read-only'],
    ...['--check-key-groups="^(a,b)", ^(c)', '--max-distinct-key-groups=3', '--check-keys-batch-size=7'],
    ...['--include-modules-metrics', '--include-search-indexes-metrics', '--check-search-indexes=', '--is-tile38'],
  ]);
  const { text } = await exporter.get('/metrics');
  t.match(text, `\nredis_script_values{filename="${folder}/a.lua",key="a"} 1\n`);
  t.match(text, '\nredis_key_group_count{db="db0",key_group="g"} 1\n');
  t.equal(text.match(/^redis_last_key_groups_scrape_duration_milliseconds /gm)?.length, 1);
  t.match(asked.join('\n'), / 0 0 7 400 \^\(a,b\) \^\(c\)\n/, 'patterns are CSV');
  for (const command of ['INFO MODULES', 'FT.INFO i', 'SERVER EXT']) t.ok(asked.includes(command), command);
});

t.test('requests name keys only where a flag lets them', async (t) => {
  const asked: string[] = [];
  const { target: address } = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    if (command.startsWith('SELECT')) return '+OK\r\n';
    return command.startsWith('TYPE') ? '+none\r\n' : withInfo(SMALL_INFO)(command, socket);
  });
  const path = `/scrape?target=${address}&check-single-keys=db1=secret-key`;
  const closed = await startTestExporter(t, 'redis', [`--redis.addr=${address}`]);
  t.equal((await closed.get(path)).status, 200);
  t.equal((await closed.get(path)).status, 200);
  t.same(
    asked.filter((command) => command.startsWith('TYPE')),
    [],
  );
  const lines = closed.logLines.filter((line) => line.includes('Parameters that name keys are not served'));
  t.equal(lines.length, 1, 'the log says it once');
  t.match(lines[0], /level=INFO .*check-single-keys/);
  const open = await startTestExporter(t, 'redis', [`--redis.addr=${address}`, '--redis.scrape-key-parameters']);
  t.match((await open.get(path)).text, '\nredis_key_size{db="db1",key="secret-key"} 0\n');
  t.notMatch((await open.get('/metrics?check-single-keys=x')).text, /^redis_key_size/m, 'not on the telemetry path');
  const bad = await open.get(`/scrape?target=${address}&check-keys=a=b=c`);
  t.equal(bad.status, 400);
  t.match(bad.text, /^Invalid parameter check-keys: expected a key, or db0=key/);
  t.match((await open.get('/metrics')).text, /^redis_target_scrape_request_errors_total 1$/m);
});

/** All flags of redis_exporter 1.86, as its --help lists them. */
const THEIR_FLAGS = `append-instance-role-label basic-auth-hash-password basic-auth-password basic-auth-username
check-key-groups check-keys check-keys-batch-size check-search-indexes check-single-keys check-single-streams
check-streams cluster-discover-hostnames config-command connection-timeout count-keys debug
disable-exporting-key-values disable-scrape-endpoint exclude-latency-histogram-metrics export-client-list
export-client-port include-config-metrics include-go-runtime-metrics include-metrics-for-empty-databases
include-modules-metrics include-rdb-file-size-metric include-search-indexes-metrics include-sentinel-peer-info
include-system-metrics is-cluster is-tile38 log-format log-level lua-script-read-only max-distinct-key-groups namespace
ping-on-connect redact-config-metrics redis-only-metrics redis.addr redis.password redis.password-file redis.user
script set-client-name skip-checkkeys-for-role-master skip-tls-verification streams-exclude-consumer-metrics
tls-ca-cert-file tls-client-cert-file tls-client-key-file tls-server-ca-cert-file tls-server-cert-file
tls-server-key-file tls-server-min-version version web.listen-address web.telemetry-path`.split(/\s+/);

t.test('each flag of redis_exporter is served, or refused by name', (t) => {
  const flags = exporterFlags(exporterNamed('redis'));
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  for (const name of THEIR_FLAGS) t.ok(known.has(name), name);
  const hidden = flags.filter(({ isHidden, help }) => isHidden === true && help.startsWith('Not served: '));
  t.same(
    hidden.map(({ name }) => name).filter((name) => !THEIR_FLAGS.includes(name)),
    [],
    'nothing else is refused by name',
  );
  t.end();
});

for (const [given, level] of [
  ['debug', 'debug'],
  ['WARNING', 'warn'],
  ['verbose', 'info'],
] as const) {
  t.test(`--log-level=${given} is ${level}, as in redis_exporter`, (t) => {
    const exporter = exporterNamed('redis');
    t.equal(
      exporter.read(new FlagValues(parseFlags([`--log-level=${given}`], exporterFlags(exporter)))).log?.logLevel,
      level,
    );
    t.end();
  });
}

t.test('other names of the metrics', async (t) => {
  const { target } = await startRedisServer(t, withInfo(SMALL_INFO));
  for (const [args, env, up] of [
    [['--namespace='], {}, 'up'],
    [['--namespace=a-b'], {}, 'a_b_up'],
    [[], { REDIS_EXPORTER_NAMESPACE: '' }, 'up'],
    [['--namespace=redis'], {}, 'redis_up'],
  ] as const) {
    const exporter = await startTestExporter(t, 'redis', [`--redis.addr=${target}`, ...args], env);
    const { text } = await exporter.get('/metrics');
    t.match(text, new RegExp(`^# HELP ${up} Information about the Redis instance\n# TYPE ${up} gauge\n${up} 1$`, 'm'));
    t.equal(/^redis_/m.test(text), up === 'redis_up');
    t.match(text, new RegExp(`^${up.slice(0, -2)}exporter_scrape_duration_seconds_count 1$`, 'm'), 'and of a summary');
    t.match(text, /^process_cpu_seconds_total /m, 'those of the process stay');
    const named = await exporter.get(`/scrape?target=${target}`);
    t.match(named.text, new RegExp(`^${up} 1$`, 'm'));
  }
});
