import { writeFileSync } from 'node:fs';
import t from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import { bulk, type RedisAnswer, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';

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
  t.equal((await exporter.get('/-/reload')).status, 404, 'there is nothing to reload');
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
  t.match((await exporter.get('/metrics')).text, /^redis_target_scrape_request_errors_total 4$/m);
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
  t.equal((await exporter.get('/-/reload', { method: 'POST' })).status, 200);
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
  asked.length = 0;
  t.match((await open.get(`/scrape?target=redis://bob:x@${other}`)).text, /^redis_up/m);
  t.match(asked.join('\n'), /AUTH bob secret/, 'the user is that of the target, the password that of the command line');
});

t.test('what is not served', async (t) => {
  const { target: address } = await startRedisServer(t, withInfo(SMALL_INFO));
  const start = (...args: readonly string[]) => startTestExporter(t, 'redis', [`--redis.addr=${address}`, ...args]);
  await start('--script=', '--set-client-name', '--no-include-config-metrics');
  const rows = [
    ['--basic-auth-password=x', /TLS and users of the service itself/],
    ['--tls-server-cert-file=x', /TLS and users of the service itself/],
    ['--namespace=x', /redis_…/],
    ['--script=x.lua', /Lua scripts are not run/],
    ['--is-tile38', /Tile38 is not known/],
    ['--include-config-metrics', /six settings are read/],
    ['--no-set-client-name', /the connection is called sonde/],
  ] as const;
  for (const [arg, reason] of rows) {
    await t.rejects(start(arg), { name: 'UsageError', message: /^flag '--.*' is not served: / }, arg);
    await t.rejects(start(arg), { message: reason }, arg);
  }
  await t.rejects(start('--check-keys-batch-size=0'), { message: /it may be 1 to 10000/ });
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
