import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { lineByLine, startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { overTls, startTls } from '../../helpers/tls/starttls-server.js';
import { makeIdentities } from '../../interop/tls/identities.js';

/** The path of a socket may have 107 bytes at most, so it is not in the test's own folder. */
const freshPath = (): string => join(tmpdir(), `sonde-${randomUUID()}.sock`);

t.test('a dialogue', async (t) => {
  const server = await startStreamServer(t, lineByLine('+OK ready 7\r\n', { 'PING 7': 'PONG\r\n' }), {
    path: freshPath(),
  });
  const steps = '[{expect: "^.OK ready (.)", send: "PING $1", labels: [{name: nr, value: "$1"}]}, {expect: PONG}]';
  const { verdict, metrics } = await probe(`prober: unix\nunix: {query_response: ${steps}}`, server.target);
  t.equal(verdict, 'ok');
  t.equal(metrics['probe_expect_info{nr="7"}'], 1);
  t.equal(metrics['probe_failed_due_to_regex'], 0);
  t.hasProps(metrics, [
    'probe_unix_duration_seconds{phase="connect"}',
    'probe_unix_duration_seconds{phase="dialogue"}',
  ]);
  t.notOk('probe_ip_protocol' in metrics || 'probe_dns_lookup_time_seconds' in metrics, 'no names, no addresses');
});

t.test('abstract sockets', { skip: process.platform !== 'linux' && 'only Linux has them' }, async (t) => {
  const name = `sonde-${randomUUID()}`;
  await startStreamServer(t, lineByLine('hello\n'), { path: `\0${name}` });
  const { verdict } = await probe('prober: unix\nunix: {query_response: [{expect: hello}]}', `@${name}`);
  t.equal(verdict, 'ok');
});

t.test('TLS', async (t) => {
  const { good } = await makeIdentities();
  const secure = lineByLine('secure\n');
  const atOnce = await startStreamServer(t, overTls({ options: good, secure }), { path: freshPath() });
  const later = await startStreamServer(t, startTls('hello\n', 'go\n', { options: good, secure }), {
    path: freshPath(),
  });
  const startTlsSteps = '{expect: hello, send: STARTTLS}, {expect: go, starttls: true}';
  const rows = [
    ['unchecked', atOnce, 'tls: true', 'insecure_skip_verify: true', '', 'ok'],
    ['the path is no name', atOnce, 'tls: true', 'insecure_skip_verify: false', '', 'tls/tls_name_mismatch'],
    ['STARTTLS', later, 'tls: false', 'insecure_skip_verify: true', `${startTlsSteps}, `, 'ok'],
    [
      'STARTTLS, checked',
      later,
      'tls: false',
      'server_name: localhost',
      `${startTlsSteps}, `,
      'tls/tls_unknown_authority',
    ],
  ] as const;
  for (const [name, { target, open }, tls, config, steps, expected] of rows) {
    const yaml = `prober: unix\nunix: {${tls}, tls_config: {${config}}, query_response: [${steps}{expect: secure}]}`;
    const { verdict, metrics } = await probe(yaml, target);
    t.equal(verdict, expected, name);
    t.hasProp(metrics, 'probe_ssl_earliest_cert_expiry', `${name}: what was presented is shown`);
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

t.test('paths that lead nowhere', async (t) => {
  // Not in the test's own folder: a path in it may be too long for a socket, depending on where the repository is.
  const folder = await mkdtemp(join(tmpdir(), 'sonde-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'plain'), '');
  await symlink(join(folder, 'loop'), join(folder, 'loop'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const rows = [
    [join(folder, 'missing'), 'connect/connection_refused'],
    [join(folder, 'plain'), 'connect/connection_refused'],
    [join(folder, 'plain', 'below'), 'connect/connection_refused'],
    [folder, 'connect/connection_refused'],
    [join(folder, 'pipe'), 'connect/connection_refused'],
    [join(folder, 'loop'), 'connect/network_error'],
    ['with\0nul', 'setup/invalid_target'],
    [`/${'x'.repeat(107)}`, 'setup/invalid_target'],
  ] as const;
  for (const [path, expected] of rows) {
    const { verdict, metrics } = await probe('prober: unix', path);
    t.equal(verdict, expected, JSON.stringify(path));
    t.notOk('probe_failed_due_to_regex' in metrics, 'only a connection has it');
  }
});
