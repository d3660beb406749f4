import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { noIcmp } from '../helpers/icmp-support.js';
import { startDnsServer } from '../helpers/servers/dns-server.js';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { setTrap } from '../helpers/trap.js';
import { attacksAt, BY_NAME, HTTP, NOT_ONE } from './target-policy-attacks.js';
import { attack, TOLD } from './target-policy-attempt.js';

t.test('attacks: each is denied in the same words, and nothing arrives', async (t) => {
  const trap = await setTrap(t);
  const { port } = trap;
  const names = await startDnsServer({
    'inside.test.': ['127.0.0.1'],
    'inside6.test.': ['::1'],
    'zero.test.': ['0.0.0.0'],
    'mapped.test.': ['::ffff:127.0.0.1'],
    'nat64.test.': ['64:ff9b::7f00:1'],
    'sixtofour.test.': ['2002:7f00:1::'],
    'metadata.test.': ['169.254.169.254'],
    'mixed.test.': ['127.0.0.2', '::1'],
    'a.good.test.': ['127.0.0.1'],
    'evil.test.': ['127.0.0.1'],
  });
  t.teardown(() => names.close());
  const folder = mkdtempSync(path.join(tmpdir(), 'sonde-policy-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const socketPath = path.join(folder, 'secret.sock');
  let atSocket = 0;
  const unix = net.createServer((socket) => {
    atSocket++;
    socket.destroy();
  });
  unix.listen(socketPath);
  await once(unix, 'listening');
  t.teardown(() => unix.close());
  symlinkSync(socketPath, path.join(folder, 'link'));
  symlinkSync(folder, path.join(folder, 'dir'));
  const redirects = await startRawServer(
    t,
    (socket, request) => {
      const [, location = ''] = /to=(\S+)/.exec(request) ?? [];
      socket.end(`HTTP/1.1 307 x\r\nLocation: ${decodeURIComponent(location)}\r\nContent-Length: 0\r\n\r\n`);
    },
    '127.0.0.2',
  );
  const proxy = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), '127.0.0.2');
  const socks = await setTrapAt(t, '127.0.0.2');
  const attacks = attacksAt({
    port,
    folder,
    socketPath,
    ports: { redirects: redirects.port, proxy: proxy.port, socks: socks.port },
  });
  t.ok(attacks.length >= 60);

  for (const { name, module, policy, target, hostname, resolves, skip = false } of attacks) {
    for (const level of ['of all modules', 'of the module'] as const) {
      await t.test(`${name}, policy ${level}`, { skip }, async (t) => {
        const asked = names.questions.length;
        const probed = await attack({ module, policy, level, target, hostname, server: names.address });
        t.equal(probed.verdict, 'setup/target_denied');
        t.same(probed.outcome.failure?.message, 'The target is denied by target_policy');
        t.same(probed.outcome.failure?.fields, {});
        t.same(Object.keys(probed.metrics).sort(), TOLD);
        if (resolves !== true) t.equal(names.questions.length, asked, 'no name server was asked');
      });
    }
  }
  t.equal(trap.arrived(), 0);
  t.equal(socks.arrived(), 0);
  t.equal(atSocket, 0);
  t.same(proxy.requests, []);
});

async function setTrapAt(t: Parameters<typeof setTrap>[0], host: string) {
  let arrived = 0;
  const server = net.createServer((socket) => {
    arrived++;
    socket.destroy();
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { port: (server.address() as net.AddressInfo).port, arrived: () => arrived };
}

t.test('what is allowed arrives, with every prober', async (t) => {
  const names = await startDnsServer({ 'a.good.test.': ['127.0.0.1'] });
  t.teardown(() => names.close());
  const server = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  const { port } = server;
  const rows = [
    ['an allowed name', HTTP, BY_NAME, `http://a.good.test:${port}/`, 'ok'],
    ['an allowed name, capitals and dot', HTTP, BY_NAME, `http://A.Good.test.:${port}/`, 'ok'],
    ['an allowed block', HTTP, 'allow: [{addresses: [127.0.0.0/8]}]', `http://127.0.0.1:${port}/`, 'ok'],
    [
      'a mapped address of an allowed block',
      HTTP,
      'allow: [{addresses: [127.0.0.0/8]}]',
      `http://[::ffff:127.0.0.1]:${port}/`,
      'ok',
    ],
    ['another port than the denied one', HTTP, 'deny: [{ports: [22, 6000-6100]}]', `http://127.0.0.1:${port}/`, 'ok'],
    [
      'all keys of a denying rule must match',
      HTTP,
      'deny: [{addresses: [loopback], ports: [22]}]',
      `http://127.0.0.1:${port}/`,
      'ok',
    ],
    ['tcp', '{prober: tcp}', 'allow: [{schemes: [tcp], addresses: [loopback]}]', `127.0.0.1:${port}`, 'ok'],
    ['icmp', '{prober: icmp}', 'allow: [{schemes: [icmp]}]', '127.0.0.1', noIcmp() === false ? 'ok' : undefined],
    [
      'names behind a trusted proxy',
      `{prober: http, http: {proxy_url: 'http://127.0.0.1:${port}', skip_resolve_phase_with_proxy: true}}`,
      'deny: [{addresses: [metadata]}], trust_proxies: true',
      'http://anything.test/',
      'ok',
    ],
  ] as const;
  for (const [name, module, policy, target, verdict] of rows) {
    if (verdict === undefined) continue;
    const level = 'of all modules' as const;
    const probed = await attack({ module, policy, level, target, server: names.address });
    t.equal(probed.verdict, verdict, name);
  }
});

t.test('rebinding: the address that was judged is the one that is dialled', async (t) => {
  const trap = await setTrap(t);
  const outside = await startRawServer(t, answer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), '127.0.0.2');
  const table: Record<string, readonly string[]> = { 'rebind.test.': ['127.0.0.2'] };
  const names = await startDnsServer(table);
  t.teardown(() => names.close());
  const attempt = {
    module: '{prober: http, http: {preferred_ip_protocol: ip4, ip_protocol_fallback: false}}',
    policy: NOT_ONE,
    level: 'of all modules',
    target: `http://rebind.test:${outside.port}/`,
    server: names.address,
  } as const;
  t.equal((await attack(attempt)).verdict, 'ok');
  t.equal(names.questions.length, 1, 'one question: nothing is looked up between judging and dialling');
  table['rebind.test.'] = ['127.0.0.1'];
  t.equal((await attack({ ...attempt, target: `http://rebind.test:${trap.port}/` })).verdict, 'setup/target_denied');
  t.equal(trap.arrived(), 0);
});

t.test('where names are judged, the search list makes no other name of them', async (t) => {
  const names = await startDnsServer({ '*': ['127.0.0.1'] });
  t.teardown(() => names.close());
  const policy = 'deny: [{hosts: [evil.test]}]';
  await attack({ module: HTTP, policy, level: 'of all modules', target: 'http://short:1/', server: names.address });
  t.same([...new Set(names.questions.map((question) => question.split(' ')[0]))], ['short.']);
});
