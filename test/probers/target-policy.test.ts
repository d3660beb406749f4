import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load-config.js';
import type { Prober } from '../../src/probe/prober.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { startDnsServer } from '../helpers/dns-server.js';
import { noIcmp } from '../helpers/icmp-support.js';
import { probeModule, type Probed } from '../helpers/probe.js';
import { testProberDeps } from '../helpers/prober-deps.js';
import { answer, startRawServer } from '../helpers/raw-server.js';
import { setTrap } from '../helpers/trap.js';

/** No address of this host. */
const NOT_HERE = 'deny: [{addresses: [loopback]}]';
/** The loopback is all that tests may dial: 127.0.0.2 stands for the world outside, 127.0.0.1 for what is inside. */
const NOT_ONE = "deny: [{addresses: [127.0.0.1, '::1']}]";
const METADATA = 'deny: [{addresses: [metadata]}]';
const BY_NAME = "allow: [{hosts: ['*.good.test', good.test]}]";

interface Attack {
  readonly name: string;
  /** The module, as a flow mapping. */
  readonly module: string;
  readonly policy: string;
  readonly target: string;
  readonly hostname?: string;
  /** Whether a name has to be looked up to know. */
  readonly resolves?: true;
  readonly skip?: string | false;
}

const HTTP = '{prober: http}';

t.test('attacks: each is denied in the same words, and nothing arrives', async (t) => {
  const trap = await setTrap(t);
  const { port } = trap;
  const names = await startDnsServer({
    'inside.test.': ['127.0.0.1'],
    'inside6.test.': ['::1'],
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
  const redirected = (location: string): string =>
    `http://127.0.0.2:${redirects.port}/?to=${encodeURIComponent(location)}`;
  const by = (url: string): string =>
    `{prober: http, http: {proxy_url: '${url}', skip_resolve_phase_with_proxy: true}}`;
  const byProxy = by(`http://127.0.0.2:${proxy.port}`);
  const bySocks = by(`socks5://127.0.0.2:${socks.port}`);
  const token = (url: string, more = ''): string =>
    `{prober: http, http: {oauth2: {client_id: c, client_secret: s, token_url: '${url}'${more}}}}`;
  const dns = (transport: string): string => `{prober: dns, dns: {query_name: x.test, ${transport}}}`;
  const paths = (list: string): string => `deny: [{paths: [${list}]}]`;
  const onlyPath = `allow: [{paths: ['${folder}/open/*']}]`;
  const icmp = noIcmp();

  const attacks: readonly Attack[] = [
    // Notations of one address.
    ...[
      '127.0.0.1',
      '127.0.0.1.',
      '127.1',
      '127.0.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0x7F.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '127.000.000.001',
      '0.0.0.0',
      '0',
      '127.255.255.254',
      '１２７.０.０.１',
      '127。0。0。1',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:7f00:0001]',
      '[::127.0.0.1]',
      '[::ffff:0:127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::7f00:1]',
      '[64:ff9b:1:7f00:0:100::]',
      '[2002:7f00:1::]',
      '[2002:7f00:1::1]',
      '[2001:0:7f00:1::]',
      '[2001:0:5db8:1::80ff:fffe]',
      '[2001:db8::5efe:127.0.0.1]',
      '[::1%25lo]',
      '[::ffff:127.0.0.1%25lo]',
    ].map((host) => ({ name: `notation ${host}`, module: HTTP, policy: NOT_HERE, target: `http://${host}:${port}/` })),
    { name: 'redis', module: '{prober: redis}', policy: NOT_HERE, target: `redis://127.1:${port}` },
    {
      name: 'redis, name',
      module: '{prober: redis}',
      policy: NOT_HERE,
      target: `redis://inside.test:${port}`,
      resolves: true,
    },
    {
      name: 'redis, by its scheme',
      module: '{prober: redis}',
      policy: 'deny: [{schemes: [redis]}]',
      target: `127.0.0.1:${port}`,
    },
    { name: 'redis, path', module: '{prober: redis}', policy: paths(`'${folder}/*'`), target: `unix://${socketPath}` },
    { name: 'nginx', module: '{prober: nginx}', policy: NOT_HERE, target: `http://127.0.0.1:${port}/stub_status` },
    { name: 'nginx, path', module: '{prober: nginx}', policy: paths(`'${folder}/*'`), target: `unix:${socketPath}` },
    { name: 'no scheme', module: HTTP, policy: NOT_HERE, target: `127.0.0.1:${port}` },
    { name: 'user information', module: HTTP, policy: NOT_HERE, target: `http://good.test@127.0.0.1:${port}/` },
    { name: 'metadata', module: HTTP, policy: METADATA, target: 'http://169.254.169.254/latest/' },
    { name: 'metadata, decimal', module: HTTP, policy: METADATA, target: 'http://2852039166/' },
    { name: 'metadata, IPv6', module: HTTP, policy: METADATA, target: 'http://[fd00:ec2::254]/' },
    { name: 'metadata, mapped', module: HTTP, policy: METADATA, target: 'http://[::ffff:a9fe:a9fe]/' },
    { name: 'metadata, 6to4', module: HTTP, policy: METADATA, target: 'http://[2002:a9fe:a9fe::]/' },
    // Names.
    { name: 'localhost', module: HTTP, policy: NOT_HERE, target: `http://localhost:${port}/` },
    { name: 'name', module: HTTP, policy: NOT_HERE, target: `http://inside.test:${port}/`, resolves: true },
    { name: 'name of IPv6', module: HTTP, policy: NOT_HERE, target: `http://inside6.test:${port}/`, resolves: true },
    { name: 'name, mapped', module: HTTP, policy: NOT_HERE, target: `http://mapped.test:${port}/`, resolves: true },
    { name: 'name, NAT64', module: HTTP, policy: NOT_HERE, target: `http://nat64.test:${port}/`, resolves: true },
    { name: 'name, 6to4', module: HTTP, policy: NOT_HERE, target: `http://sixtofour.test:${port}/`, resolves: true },
    { name: 'name of metadata', module: HTTP, policy: METADATA, target: 'http://metadata.test/', resolves: true },
    { name: 'host pattern', module: HTTP, policy: 'deny: [{hosts: [evil.test]}]', target: `http://evil.test:${port}/` },
    {
      name: 'host, capitals',
      module: HTTP,
      policy: 'deny: [{hosts: [evil.test]}]',
      target: `http://EVIL.Test:${port}/`,
    },
    {
      name: 'host, final dot',
      module: HTTP,
      policy: 'deny: [{hosts: [evil.test]}]',
      target: `http://evil.test.:${port}/`,
    },
    {
      name: 'host, international',
      module: HTTP,
      policy: "deny: [{hosts: ['*.bücher.test']}]",
      target: `http://x.xn--bcher-kva.test:${port}/`,
    },
    {
      name: 'host, written in Unicode',
      module: HTTP,
      policy: 'deny: [{hosts: [evil.test]}]',
      target: `http://ｅvil.test:${port}/`,
    },
    { name: 'host, empty label', module: HTTP, policy: BY_NAME, target: `http://x..good.test:${port}/` },
    { name: 'not an allowed name', module: HTTP, policy: BY_NAME, target: `http://evil.test:${port}/` },
    { name: 'address where names are allowed', module: HTTP, policy: BY_NAME, target: `http://127.0.0.1:${port}/` },
    { name: 'suffix of an allowed name', module: HTTP, policy: BY_NAME, target: `http://evilgood.test:${port}/` },
    {
      name: 'allowed name, denied address',
      module: HTTP,
      policy: `{${BY_NAME}, ${NOT_HERE}}`,
      target: `http://a.good.test:${port}/`,
      resolves: true,
    },
    {
      name: 'other virtual host',
      module: HTTP,
      policy: BY_NAME,
      target: `http://a.good.test:${port}/`,
      hostname: 'evil.test',
    },
    {
      name: 'denied virtual host',
      module: HTTP,
      policy: 'deny: [{hosts: [evil.test]}]',
      target: `http://127.0.0.2:${port}/`,
      hostname: `evil.test:${port}`,
    },
    // Ports and schemes.
    { name: 'port', module: HTTP, policy: `deny: [{ports: [${port}]}]`, target: `http://127.0.0.1:${port}/` },
    {
      name: 'port, leading zero',
      module: HTTP,
      policy: `deny: [{ports: [${port}]}]`,
      target: `http://127.0.0.1:0${port}/`,
    },
    { name: 'default port', module: HTTP, policy: 'deny: [{ports: [1-80]}]', target: 'http://127.0.0.1/' },
    { name: 'scheme', module: HTTP, policy: 'allow: [{schemes: [https]}]', target: `http://127.0.0.1:${port}/` },
    {
      name: 'scheme, capitals',
      module: HTTP,
      policy: 'deny: [{schemes: [http]}]',
      target: `HTTP://127.0.0.1:${port}/`,
    },
    { name: 'service name', module: '{prober: tcp}', policy: 'deny: [{ports: [22]}]', target: '127.0.0.1:ssh' },
    // Redirects.
    ...[
      'http://127.0.0.1:PORT/',
      '//127.0.0.1:PORT/',
      'http://[::ffff:127.0.0.1]:PORT/',
      'http://inside.test:PORT/',
      'http://localhost:PORT/',
      'https://127.0.0.1:PORT/',
      'http://[::1]:PORT/',
      'http://2130706433:PORT/',
    ].map((location) => ({
      name: `redirect to ${location}`,
      module: HTTP,
      policy: NOT_ONE,
      target: redirected(location.replace('PORT', String(port))),
      ...(location.includes('inside') && { resolves: true as const }),
    })),
    {
      name: 'redirect to a port',
      module: HTTP,
      policy: `deny: [{ports: [${port}]}]`,
      target: redirected(`http://127.0.0.2:${port}/`),
    },
    {
      name: 'redirect to a redirect',
      module: HTTP,
      policy: NOT_ONE,
      target: redirected(redirected(`http://127.0.0.1:${port}/`)),
    },
    // Proxies.
    { name: 'denied proxy', module: by(`http://127.0.0.1:${port}`), policy: NOT_ONE, target: 'http://127.0.0.2/' },
    {
      name: 'denied proxy with TLS',
      module: by(`https://127.0.0.1:${port}`),
      policy: NOT_ONE,
      target: 'http://127.0.0.2/',
    },
    {
      name: 'denied SOCKS proxy',
      module: by(`socks5://127.0.0.1:${port}`),
      policy: NOT_ONE,
      target: 'http://127.0.0.2/',
    },
    {
      name: 'proxy by name',
      module: by(`http://inside.test:${port}`),
      policy: NOT_ONE,
      target: 'http://127.0.0.2/',
      resolves: true,
    },
    { name: 'behind a proxy', module: byProxy, policy: NOT_ONE, target: 'http://127.0.0.1/' },
    { name: 'behind a proxy, decimal', module: byProxy, policy: NOT_ONE, target: 'http://2130706433/' },
    { name: 'behind a proxy, hexadecimal', module: byProxy, policy: NOT_ONE, target: 'https://0x7f.1/' },
    { name: 'behind a proxy, octal', module: byProxy, policy: NOT_ONE, target: 'https://0177.0.0.1/' },
    { name: 'behind a proxy, short', module: bySocks, policy: NOT_ONE, target: 'http://127.1/' },
    { name: 'behind a proxy, name', module: bySocks, policy: NOT_ONE, target: 'http://inside.test/' },
    {
      name: 'behind a proxy, odd name',
      module: byProxy,
      policy: 'deny: [{hosts: [evil.test]}]',
      target: 'http://evil.test../',
    },
    // Token endpoints.
    {
      name: 'token endpoint',
      module: token(`http://127.0.0.1:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
    },
    {
      name: 'token endpoint, short',
      module: token(`http://127.1:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
    },
    {
      name: 'token endpoint by name',
      module: token(`http://inside.test:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
      resolves: true,
    },
    {
      name: 'token endpoint with one denied address',
      module: token(`http://mixed.test:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
      resolves: true,
    },
    {
      name: 'redirect of a token endpoint',
      module: token(redirected(`http://127.0.0.1:${port}/`)),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
    },
    {
      name: 'proxy of a token endpoint',
      module: token('http://127.0.0.2/', `, proxy_url: 'http://127.0.0.1:${port}'`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
    },
    {
      name: 'token endpoint behind a proxy',
      module: token('http://2130706433/', `, proxy_url: 'http://127.0.0.2:${proxy.port}'`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${proxy.port}/`,
    },
    // Every other prober.
    { name: 'tcp', module: '{prober: tcp}', policy: NOT_HERE, target: `127.0.0.1:${port}` },
    { name: 'tcp, mapped', module: '{prober: tcp}', policy: NOT_HERE, target: `[::ffff:127.0.0.1]:${port}` },
    { name: 'tcp by name', module: '{prober: tcp}', policy: NOT_HERE, target: `inside.test:${port}`, resolves: true },
    { name: 'tcp with TLS', module: '{prober: tcp, tcp: {tls: true}}', policy: NOT_HERE, target: `127.0.0.1:${port}` },
    {
      name: 'tcp, server name',
      module: '{prober: tcp, tcp: {tls: true}}',
      policy: BY_NAME,
      target: `a.good.test:${port}`,
      hostname: 'evil.test',
    },
    { name: 'grpc', module: '{prober: grpc}', policy: NOT_HERE, target: `127.0.0.1:${port}` },
    { name: 'grpc by name', module: '{prober: grpc}', policy: NOT_HERE, target: `inside.test:${port}`, resolves: true },
    {
      name: 'grpc with user information',
      module: '{prober: grpc}',
      policy: NOT_HERE,
      target: `http://good.test@127.0.0.1:${port}`,
    },
    { name: 'grpc with TLS', module: '{prober: grpc, grpc: {tls: true}}', policy: NOT_HERE, target: `[::1]:${port}` },
    { name: 'websocket', module: '{prober: websocket}', policy: NOT_HERE, target: `ws://127.0.0.1:${port}/` },
    { name: 'websocket, decimal', module: '{prober: websocket}', policy: NOT_HERE, target: `ws://2130706433:${port}/` },
    {
      name: 'websocket by name',
      module: '{prober: websocket}',
      policy: NOT_HERE,
      target: `wss://inside.test:${port}/`,
      resolves: true,
    },
    {
      name: 'websocket, other host',
      module: '{prober: websocket}',
      policy: BY_NAME,
      target: `ws://a.good.test:${port}/`,
      hostname: 'evil.test',
    },
    { name: 'dns over UDP', module: dns('transport_protocol: udp'), policy: NOT_HERE, target: `127.0.0.1:${port}` },
    { name: 'dns over TCP', module: dns('transport_protocol: tcp'), policy: NOT_HERE, target: `127.0.0.1:${port}` },
    {
      name: 'dns over TLS',
      module: dns('transport_protocol: tcp, dns_over_tls: true'),
      policy: NOT_HERE,
      target: `127.0.0.1:${port}`,
    },
    {
      name: 'dns over HTTPS',
      module: dns('transport_protocol: https'),
      policy: NOT_HERE,
      target: `https://127.0.0.1:${port}/dns-query`,
    },
    {
      name: 'dns over HTTPS, octal',
      module: dns('transport_protocol: https'),
      policy: NOT_HERE,
      target: `https://0177.0.0.1:${port}/`,
    },
    {
      name: 'dns by name',
      module: dns('transport_protocol: udp'),
      policy: NOT_HERE,
      target: `inside.test:${port}`,
      resolves: true,
    },
    {
      name: 'dns, default port',
      module: dns('transport_protocol: udp'),
      policy: 'deny: [{ports: [53]}]',
      target: '127.0.0.2',
    },
    { name: 'icmp', module: '{prober: icmp}', policy: NOT_HERE, target: '127.0.0.1', skip: icmp },
    {
      name: 'icmp by name',
      module: '{prober: icmp}',
      policy: NOT_HERE,
      target: 'inside.test',
      resolves: true,
      skip: icmp,
    },
    {
      name: 'icmp where ports are allowed',
      module: '{prober: icmp}',
      policy: 'allow: [{ports: [0-65535]}]',
      target: '127.0.0.2',
    },
    // Unix sockets.
    { name: 'unix', module: '{prober: unix}', policy: paths(`'${socketPath}'`), target: socketPath },
    {
      name: 'unix, detour',
      module: '{prober: unix}',
      policy: paths(`'${socketPath}'`),
      target: `${folder}/../${path.basename(folder)}//./secret.sock`,
    },
    { name: 'unix, link', module: '{prober: unix}', policy: paths(`'${socketPath}'`), target: `${folder}/link` },
    {
      name: 'unix, linked folder',
      module: '{prober: unix}',
      policy: paths(`'${socketPath}'`),
      target: `${folder}/dir/secret.sock`,
    },
    {
      name: 'unix, relative',
      module: '{prober: unix}',
      policy: paths(`'${socketPath}'`),
      target: path.relative('.', socketPath),
    },
    {
      name: 'unix, out of an allowed folder',
      module: '{prober: unix}',
      policy: onlyPath,
      target: `${folder}/open/../secret.sock`,
    },
    { name: 'unix, nothing there', module: '{prober: unix}', policy: onlyPath, target: `${folder}/nothing` },
    { name: 'unix, something there', module: '{prober: unix}', policy: onlyPath, target: socketPath },
    { name: 'abstract socket', module: '{prober: unix}', policy: paths("'@bus*'"), target: '@bus-1' },
    {
      name: 'unix where only networks are allowed',
      module: '{prober: unix}',
      policy: "allow: [{addresses: ['0.0.0.0/0']}]",
      target: socketPath,
    },
    {
      name: 'network where only sockets are allowed',
      module: HTTP,
      policy: onlyPath,
      target: `http://127.0.0.1:${port}/`,
    },
  ];
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

/** Probers by the name server that they ask. */
const PROBERS = new Map<string, readonly Prober[]>();

function probersWith(server: string): readonly Prober[] {
  const known = PROBERS.get(server) ?? allProbers(testProberDeps({ dnsServers: [server] }));
  PROBERS.set(server, known);
  return known;
}

/** All that the answer for a denied target has. */
const TOLD = [
  'probe_duration_seconds',
  'probe_failure_info{phase="setup",reason="target_denied"}',
  'probe_success',
  'probe_timeout_seconds',
];

interface Attempt extends Pick<Attack, 'module' | 'policy' | 'target'> {
  readonly level: 'of all modules' | 'of the module';
  readonly hostname?: string | undefined;
  readonly server: string;
}

async function attack({ module, policy, level, target, hostname, server }: Attempt): Promise<Probed> {
  const block = policy.startsWith('{') ? policy : `{${policy}}`;
  const text =
    level === 'of the module'
      ? `modules: {m: ${module.replace(/\}$/, `, target_policy: ${block}}`)}}`
      : `target_policy: ${block}\nmodules: {m: ${module}}`;
  const config = await loadConfig(text, 'test.yml', probersWith(server));
  return probeModule(config.modules.get('m')!, target, {
    timeoutSeconds: 5,
    ...(hostname !== undefined && { hostname }),
  });
}

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
