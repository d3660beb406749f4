import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { defineProber } from '../../src/probe/prober.js';
import { type TestShell, testShell } from '../helpers/documents/test-shell.js';
import { httpGet } from '../helpers/services/http-get.js';
import { until as waitUntil } from '../helpers/until.js';

/** Stands for a real prober: fails for the target "down". */
const tcp = defineProber({
  name: 'tcp',
  compile: () => null,
  probe: async ({ target }) => {
    if (target === 'down') throw new ProbeFailure('connect', 'connection_refused', 'Error dialing TCP');
  },
});
const GOOD = 'modules:\n  tcp_connect:\n    prober: tcp\n  nul:\n';

const golden = (name: string): string => readFileSync(new URL(`../../../test/golden/${name}`, import.meta.url), 'utf8');

async function run(...args: string[]): Promise<TestShell & { code: number }> {
  const shell = testShell(args, [tcp]);
  return { ...shell, code: await runCommand(shell) };
}

/** Waits for something that is on its way. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await setImmediate();
  }
}

t.test('help and version', async (t) => {
  for (const [args, file] of [
    [['--help'], 'help-serve.txt'],
    [['serve', '-h'], 'help-serve.txt'],
    [['check', '--help'], 'help-check.txt'],
    [['probe', '--help'], 'help-probe.txt'],
    [['help', 'probe'], 'help-probe.txt'],
    [['help'], 'help-serve.txt'],
    [['version'], 'version.txt'],
    [['check', '--help-long'], 'help-check.txt'],
    [['check', '--help-man', '--nope'], 'help-check.man'],
    [['--log.level=info', '--log.level=warn', '--version'], 'version.txt'],
  ] as const) {
    const { code, written } = await run(...args);
    t.equal(code, 0);
    t.equal(written.out, golden(file), args.join(' '));
    t.equal(written.err, '');
  }
});

t.test('the help of all commands', async (t) => {
  const { code, written } = await run('--help-long');
  t.equal(code, 0);
  t.ok(written.out.startsWith(golden('help-serve.txt').split('Commands:')[0] ?? '-'));
  // The flags of the commands, indented below them.
  t.match(written.out, /\n {2}pushgateway \[<flags>\]\n {4}Take in metrics/);
  t.match(written.out, /\n {10}--persistence\.repair|\n {10}--\[no-\]persistence\.repair/);
});

t.test('scripts for shells, and what they ask', async (t) => {
  t.match((await run('--completion-script-bash')).written.out, /^complete .* sonde$/m);
  t.match((await run('node', '--completion-script-zsh')).written.out, /^#compdef sonde\n/);
  t.equal((await run('--completion-bash', '--log.format', '')).written.out, 'logfmt\njson\n');
});

const mistakes: readonly (readonly [args: readonly string[], message: string])[] = [
  [
    ['nope'],
    "unexpected nope: the commands are serve, all, pushgateway, node, redis, nginx, postgres, mysql, check, probe, prometheus (did you mean 'node'?)",
  ],
  [
    ['serv'],
    "unexpected serv: the commands are serve, all, pushgateway, node, redis, nginx, postgres, mysql, check, probe, prometheus (did you mean 'serve'?)",
  ],
  [
    ['help', 'xyz'],
    'unexpected xyz: the commands are serve, all, pushgateway, node, redis, nginx, postgres, mysql, check, probe, prometheus',
  ],
  [['--nope', '--help'], "unknown long flag '--nope'"],
  [['--config.check', 'extra'], 'unexpected extra'],
  [['--log.level=info', '--log.level=warn'], "flag 'log.level' cannot be repeated"],
  [
    ['--timeout-offset=abc'],
    'invalid value for flag \'--timeout-offset\': strconv.ParseFloat: parsing "abc": invalid syntax',
  ],
  [
    ['--history.limit=-1'],
    'invalid value for flag \'--history.limit\': strconv.ParseUint: parsing "-1": invalid syntax',
  ],
  [
    ['--schedule.interval=1m'],
    "flag '--schedule.interval' has no effect without '--targets.file', which names the targets",
  ],
  [
    ['--schedule.interval=0', '--schedule.shard=1/2'],
    "flag '--schedule.shard' has no effect without '--targets.file', which names the targets",
  ],
  [
    ['--config.enable-auto-reload', '--config.auto-reload-interval=1.5'],
    'invalid value for flag \'--config.auto-reload-interval\': strconv.ParseUint: parsing "1.5": invalid syntax',
  ],
  [
    ['--config.auto-reload-interval=x'],
    'invalid value for flag \'--config.auto-reload-interval\': strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    ['--log.level=foo'],
    "invalid value for flag '--log.level': unrecognized log level foo; it may be debug, info, warn, error",
  ],
  [['--log.format=foo'], "invalid value for flag '--log.format': unrecognized log format foo; it may be logfmt, json"],
  [
    ['--log.format=JSON'],
    "invalid value for flag '--log.format': unrecognized log format JSON; it may be logfmt, json",
  ],
  [
    ['--remote-write.url=receiver:9090'],
    "invalid value for flag '--remote-write.url': write it as http://prometheus.example:9090/api/v1/write, without user and fragment",
  ],
  [['check'], "required argument 'FILE' not provided"],
];
for (const [args, message] of mistakes) {
  t.test(`refuses ${args.join(' ')}`, async (t) => {
    const { code, written } = await run(...args);
    t.equal(code, 1);
    t.equal(written.err, `sonde: error: ${message}, try --help\n`);
    t.equal(written.out, '');
  });
}

t.test('check --targets', async (t) => {
  const dir = t.testdir({
    targets: { 'a.yml': '- {targets: [x], schedule: 30s}\n', 'b.json': '[]', 'c.txt': 'no' },
    'bad.yml': '- {targets: [x], schedule: often}\n',
    'latin1.yml': Buffer.from('- targets: [a]\n- targets: [\xe9]\n', 'latin1'),
  });
  const good = await run('check', '--targets', `${dir}/targets`);
  t.equal(good.code, 0);
  t.equal(good.written.out, `${dir}/targets/a.yml: ok\n${dir}/targets/b.json: ok\n`);
  const latin1 = await run('check', `--targets=${dir}/latin1.yml`);
  t.match(latin1, { code: 1, written: { err: /latin1\.yml:2:13: the file is not UTF-8; save it as UTF-8\n$/ } });
  const bad = await run('check', `--targets=${dir}/bad.yml`, `--targets=${dir}/none.yml`);
  t.equal(bad.code, 1);
  t.match(bad.written.err.split('\n'), [
    /bad\.yml:1:28: \[0\]\.schedule: this must be an interval such as 30s/,
    `open ${dir}/none.yml: no such file or directory`,
    '',
  ]);
});

t.test('check: a name with a line break makes no line of its own', async (t) => {
  const odd = 'a\nb.yml: ok\r\x1b[2J.yml';
  const shown = 'a\\nb.yml: ok\\r\\x1b[2J.yml';
  const good = 'modules: {a: {prober: icmp}}\n';
  const dir = t.testdir({ good: { [odd]: good }, bad: { [odd]: 'nope: 1\n' } });
  t.match(await run('check', `${dir}/good/${odd}`), {
    code: 0,
    written: { out: `${dir}/good/${shown}: ok\n`, err: '' },
  });
  const bad = await run('check', `${dir}/bad/${odd}`);
  t.equal(bad.code, 1);
  t.equal(bad.written.err.split('\n').length, 2, bad.written.err);
  t.ok(bad.written.err.startsWith(`${dir}/bad/${shown}:1:1: `), bad.written.err);
  for (const args of [
    ['check', '--targets', `${dir}/${odd}`],
    ['check', '--web', `${dir}/${odd}`],
    ['check', `${dir}/${odd}`],
    ['probe', '--config.file', `${dir}/bad/${odd}`, 'x'],
    [odd],
  ]) {
    const { written } = await run(...args);
    t.notMatch(written.err, /^b\.yml|\r|\x1b/m, args.join(' '));
    t.ok(written.err.includes(shown), written.err);
  }
});

t.test('check --remote-write, and --config.check with a file of remote write', async (t) => {
  const dir = t.testdir({
    'good.yml': 'url: http://x/\nsend_native_histograms: true\n',
    'bad.yml': 'url: http://x/\nqueue_config: {}\nproxy_url: a:b\n',
    'blackbox.yml': 'modules: {a: {prober: icmp}}\n',
  });
  const good = await run('check', '--remote-write', `${dir}/good.yml`);
  t.equal(good.code, 0);
  t.equal(good.written.out, `${dir}/good.yml: ok\n`);
  const bad = await run('check', `--remote-write=${dir}/bad.yml`, `--remote-write=${dir}/none.yml`);
  t.equal(bad.code, 1);
  t.match(bad.written.err.split('\n'), [
    /bad\.yml:2:1: queue_config: there is one queue, on disk/,
    /open .*none\.yml: no such file/,
  ]);
  const serve = (file: string, ...flags: readonly string[]) =>
    run(
      ...[`--config.file=${dir}/blackbox.yml`, '--config.check', `--remote-write.config.file=${dir}/${file}`],
      ...[`--remote-write.queue=${dir}/queue`, ...flags],
    );
  t.equal((await serve('good.yml')).code, 0);
  t.match(await serve('bad.yml'), { code: 1, written: { err: /queue_config/ } });
  const classic = await serve('good.yml', '--remote-write.histograms=classic');
  t.match(classic, { code: 1, written: { err: /good\.yml:2:25: send_native_histograms: it contradicts/ } });
  t.throws(() => readdirSync(`${dir}/queue`), 'no queue is begun');
  const alone = await run(`--config.file=${dir}/blackbox.yml`, '--config.check', `--remote-write.queue=${dir}/queue`);
  t.match(alone, { code: 1, written: { err: /'--remote-write\.queue' has no effect without '--remote-write\.url'/ } });
});

t.test('check --web', async (t) => {
  const dir = t.testdir({
    'blackbox.yml': GOOD,
    'web.yml': 'http_server_config: { http2: false }\n',
    'bad.yml':
      'tls_server_config:\n  cert_file: nope.pem\n  key_file: nope.key\n  min_version: TLS12\nhttp_server_config: {}\n',
    'latin1.yml': Buffer.from('basic_auth_users:\n  ren\xe9: x\n', 'latin1'),
    'worse.yml': 'tls_server_config:\n  min_version: TLS9\n  ciphers: []\nbasic_auth_users:\n  a: secret\n',
  });
  const good = await run('check', `--web=${dir}/web.yml`, '--web', `${dir}/web.yml`, `${dir}/blackbox.yml`);
  t.equal(good.code, 0);
  t.equal(good.written.out, `${dir}/blackbox.yml: ok\n${dir}/web.yml: ok\n${dir}/web.yml: ok\n`);
  const latin1 = await run('check', `--web=${dir}/latin1.yml`);
  t.match(latin1, { code: 1, written: { err: /latin1\.yml:2:6: the file is not UTF-8/ } });
  const bad = await run('check', '--web', `${dir}/bad.yml`, `${dir}/blackbox.yml`);
  t.equal(bad.code, 1);
  t.equal(bad.written.out, `${dir}/blackbox.yml: ok\n`);
  t.equal(
    bad.written.err,
    `${dir}/bad.yml:2:14: tls_server_config.cert_file: failed to read cert_file (${dir}/nope.pem): open ${dir}/nope.pem: no such file or directory\n` +
      `${dir}/bad.yml:3:13: tls_server_config.key_file: failed to read key_file (${dir}/nope.key): open ${dir}/nope.key: no such file or directory\n`,
  );
  const worse = await run('check', '--web', `${dir}/worse.yml`, '--web', `${dir}/none.yml`);
  t.equal(worse.code, 1);
  t.match(worse.written.err.split('\n'), [
    `${dir}/worse.yml:2:16: tls_server_config.min_version: "TLS9" is not possible here; it must be one of TLS10, TLS11, TLS12, TLS13`,
    /worse.yml:3:3: tls_server_config.ciphers: there is no such key; possible are cert,/,
    `${dir}/worse.yml:5:6: basic_auth_users.a: crypto/bcrypt: hashedSecret too short to be a bcrypted password; make one with \`htpasswd -nBC 10 NAME\``,
    `open ${dir}/none.yml: no such file or directory`,
    '',
  ]);
});

t.test('check warns and succeeds', async (t) => {
  const dir = t.testdir({ 'a.yml': 'modules:\n  m: {prober: tcp, tcp: {preferred_ip_protocol: ipv4}}\n' });
  for (const args of [
    ['check', `${dir}/a.yml`],
    ['--config.check', `--config.file=${dir}/a.yml`],
  ]) {
    const { code, written } = await run(...args);
    t.equal(code, 0);
    t.equal(written.out, `${dir}/a.yml: ok\n`);
    t.match(written.err, /a\.yml:2:49: modules\.m\.tcp\.preferred_ip_protocol: warning: "ipv4" counts as ip4/);
  }
});

t.test('check', async (t) => {
  const dir = t.testdir({ 'good.yml': GOOD, 'bad.yml': 'modules:\n  m:\n    prober: tpc\n' });
  const good = await run('check', `${dir}/good.yml`);
  t.equal(good.code, 0);
  t.equal(good.written.out, `${dir}/good.yml: ok\n`);
  for (const args of [
    ['check', `${dir}/bad.yml`, `${dir}/good.yml`],
    ['--config.check', `--config.file=${dir}/bad.yml`],
  ]) {
    const bad = await run(...args);
    t.equal(bad.code, 1);
    t.ok(bad.written.err.startsWith(`${dir}/bad.yml:3:13: modules.m.prober: `), bad.written.err);
  }
  const missing = await run('check', `${dir}/none.yml`);
  t.equal(missing.code, 1);
  t.match(missing.written.err, /no such file or directory/);
});

t.test('probe', async (t) => {
  const file = `--config.file=${t.testdir({ 'b.yml': GOOD })}/b.yml`;
  const good = await run('probe', file, '--debug', '--timeout=5', 'tcp_connect', 'up');
  t.equal(good.code, 0);
  t.match(good.written.out, /^Logs for the probe:\n.*probe_timeout_seconds 5\n.*Module configuration:\nprober: tcp\n/s);
  const down = await run('probe', file, '--metrics', '-m', 'tcp_connect', 'down');
  t.equal(down.code, 1);
  t.match(down.written.out, /^# HELP.*^probe_success 0$/ms);
  t.notMatch(down.written.out, 'Logs for the probe');
  t.equal((await run('probe', file, 'nope', 'x')).written.err, 'sonde: error: Unknown module "nope", try --help\n');
  t.equal((await run('probe', file, 'nul', 'x')).written.err, 'sonde: error: Unknown prober "", try --help\n');
});

t.test('serve: until SIGTERM; SIGHUP reloads; a second signal ends at once', async (t) => {
  const dir = t.testdir({ 'b.yml': GOOD });
  const args = [`--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0', '--log.prober=loud'];
  const shell = testShell(args, [tcp]);
  const code = runCommand(shell);
  const address = await until(() => /"Sonde is ready" addresses=(\S+)/.exec(shell.logLines.join(''))?.[1]);
  t.match(
    shell.logLines.join(''),
    /level=WARN msg="Error setting log prober level[^\n]*\n.*"Starting sonde".*"Loaded config file"/s,
  );
  t.match((await httpGet(address, '/probe?module=tcp_connect&target=x')).text, /^probe_success 1$/m);
  t.match((await httpGet(address, '/config')).text, /^ {4}tcp_connect:$/m);

  shell.send('SIGHUP');
  await until(() => (shell.logLines.join('').includes('Reloaded config file') ? true : undefined));

  shell.send('SIGTERM');
  shell.send('SIGHUP');
  shell.send('SIGINT');
  t.same(shell.exits, [1]);
  t.equal(await code, 0);
  t.equal(shell.logLines.filter((line) => line.includes('Reloaded config file')).length, 1, 'nothing is read any more');
  t.match(shell.logLines.at(-1), 'msg="Received SIGTERM, exiting gracefully..."');
});

t.test('all: a signal that comes while the others start stops what runs', async (t) => {
  const dir = t.testdir({ 'b.yml': GOOD });
  const anyPort = ['web', 'pushgateway', 'node'].map((name) => `--${name}.listen-address=127.0.0.1:0`);
  for (const line of [/"Sonde is ready"/, /"Pushgateway is ready"/]) {
    const shell = testShell(['all', `--config.file=${dir}/b.yml`, ...anyPort], [tcp]);
    const push = (text: string): void => {
      shell.logLines.push(text);
      if (line.test(text)) shell.send('SIGTERM');
    };
    t.equal(await runCommand({ ...shell, log: { push, dropped: 0 } }), 0);
    const log = shell.logLines.join('');
    t.match(log, 'msg="Received SIGTERM, exiting gracefully..."', String(line));
    t.notMatch(log, '"Node metrics are ready"');
    t.same(shell.exits, []);
  }
});

t.test('all: the page of each service leads to the others', async (t) => {
  const dir = t.testdir({ 'b.yml': GOOD });
  const anyPort = ['web', 'pushgateway', 'node'].map((name) => `--${name}.listen-address=127.0.0.1:0`);
  const shell = testShell(['all', `--config.file=${dir}/b.yml`, ...anyPort], [tcp]);
  const code = runCommand(shell);
  const addresses: string[] = [];
  for (const name of ['Sonde', 'Pushgateway', 'Node metrics']) {
    const ready = new RegExp(`"${name} (?:is|are) ready" addresses=(\\S+)`);
    addresses.push(await until(() => ready.exec(shell.logLines.join(''))?.[1]));
  }
  for (const address of addresses) {
    const others = addresses.filter((other) => other !== address);
    // They are introduced to each other once the last one listens.
    await waitUntil(async () => {
      const { text } = await httpGet(address, '/');
      return others.every((other) => text.includes(`href="//${other}/"`));
    }, 'the page leads to the others');
    t.pass(address);
  }
  shell.send('SIGTERM');
  t.equal(await code, 0);
});

t.test('serve: a folder, in which one file is broken', async (t) => {
  const dir = t.testdir({ 'a.yml': GOOD, 'b.yml': 'modules: [', 'c.yml': 'modules: {c: {prober: tcp}}' });
  const shell = testShell([`--config.file=${dir}`, '--web.listen-address=127.0.0.1:0'], [tcp]);
  const code = runCommand(shell);
  const address = await until(() => /"Sonde is ready" addresses=(\S+)/.exec(shell.logLines.join(''))?.[1]);
  const log = shell.logLines.join('');
  t.match(
    log,
    /level=ERROR msg="Error loading config file, going on without its modules" file="?[^"]*b\.yml"? err="error parsing/,
  );
  t.match(log, '"Loaded config file"');
  const { text } = await httpGet(address, '/metrics');
  t.match(text, /^blackbox_exporter_config_last_reload_successful 0$/m);
  t.match(text, /^sonde_config_file_last_reload_successful\{file="[^"]*b\.yml"\} 0$/m);
  t.match((await httpGet(address, '/config')).text, /^modules:\n {4}c:\n[^]*^ {4}tcp_connect:$/m);
  shell.send('SIGTERM');
  t.equal(await code, 0);
  const both = await run('probe', `--config.file=${dir}/a.yml`, `--config.file=${dir}/c.yml`, 'c', 'up');
  t.equal(both.code, 0);
  const check = await run('check', dir);
  t.equal(check.code, 1);
  t.equal(check.written.out, `${dir}/a.yml: ok\n${dir}/c.yml: ok\n`);
});

t.test('serve: what keeps it from starting', async (t) => {
  const dir = t.testdir({ 'b.yml': GOOD, 'bad.yml': 'modules: [' });
  const rows: readonly (readonly [args: readonly string[], log: RegExp])[] = [
    [[`--config.file=${dir}/none.yml`], /msg="Error loading config" err="failed to generate initial checksum/],
    [[`--config.file=${dir}/bad.yml`, `--config.file=${dir}/none.yml`], /err="no configuration file can be used: /],
    [[`--config.file=${dir}/bad.yml`], /msg="Error loading config" err="error parsing config file: /],
    [
      [`--config.file=${dir}/b.yml`, '--web.listen-address=nonsense'],
      /err="address nonsense: missing port in address" flag=--web.listen-address\n$/,
    ],
    [
      [`--config.file=${dir}/b.yml`, '--web.external-url="x"'],
      /err="URL must not begin or end with quotes" flag=--web.external-url\n$/,
    ],
    [
      [`--config.file=${dir}/b.yml`, `--web.config.file=${dir}/none.yml`],
      /err="open .*none\.yml: no such file or directory" flag=--web\.config\.file\n$/,
    ],
    [
      [`--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0', '--node.listen-address=9100'],
      /"Error starting node metrics" err="address 9100: missing port in address" flag=--node\.listen-address hint="write the port as :9100"\n$/,
    ],
    [
      [`--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0', '--pushgateway.listen-address=9091'],
      /"Error starting the pushgateway" err="address 9091: missing port in address" flag=--pushgateway\.listen-address hint="write the port as :9091"\n$/,
    ],
  ];
  for (const [args, log] of rows) {
    const { code, logLines } = await run(...args);
    t.equal(code, 1, args.join(' '));
    t.match(logLines.at(-1), log);
  }
});

t.test('a line for each mistake of a file', async (t) => {
  const dir = t.testdir({
    'b.yml': 'modules:\n  a: {prober: tcp, tpc: {}}\n  b: {prober: tcp, nope: 1}\n',
    'w.yml': 'a: 1\nb: 2\n',
  });
  const { logLines } = await run(`--config.file=${dir}/b.yml`);
  const errors = logLines.filter((line) => line.includes('level=ERROR'));
  t.match(errors, [
    /msg="Error loading config" err="error parsing config file: .*b\.yml:2:\d+: modules\.a\.tpc: /,
    /msg="Error loading config" err="error parsing config file: .*b\.yml:3:\d+: modules\.b\.nope: /,
  ]);
  const web = await run('node', `--web.config.file=${dir}/w.yml`);
  t.equal(web.logLines.filter((line) => line.includes('level=ERROR')).length, 2);

  const shell = { ...testShell([`--config.file=${dir}/b.yml`], [tcp]), isTerminal: true };
  t.equal(await runCommand(shell), 1);
  const check = await run('check', `${dir}/b.yml`);
  t.equal(shell.written.err, check.written.err, 'a terminal shows them as sonde check does');
  t.match(shell.logLines.at(-1), /err="error parsing config file: 2 mistakes, see above"/);
});

t.test('probe: which setting is missing for ICMP', async (t) => {
  const dir = t.testdir({ 'i.yml': 'modules:\n  ping:\n    prober: icmp\n' });
  const icmp = defineProber({
    name: 'icmp',
    compile: () => null,
    probe: async ({ target }) => {
      if (target === 'down') throw new ProbeFailure('connect', 'connection_refused', 'Error listening to socket');
    },
  });
  for (const [target, icmpProblem, err] of [
    ['down', 'icmp probes will fail: widen that range', 'sonde: icmp probes will fail: widen that range\n'],
    ['up', 'icmp probes will fail: widen that range', ''],
  ] as const) {
    const shell = { ...testShell(['probe', `--config.file=${dir}/i.yml`, 'ping', target], [icmp]), icmpProblem };
    await runCommand(shell);
    t.equal(shell.written.err, err, target);
  }
});
