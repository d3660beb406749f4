import path from 'node:path';
import { noIcmp } from '../helpers/icmp-support.js';
import { unspecifiedAddresses } from './unspecified-addresses.js';

/** No address of this host. */
export const NOT_HERE = 'deny: [{addresses: [loopback]}]';
/** The loopback is all that tests may dial: 127.0.0.2 stands for the world outside, 127.0.0.1 for what is inside. */
export const NOT_ONE = "deny: [{addresses: [127.0.0.1, '::1']}]";
const METADATA = 'deny: [{addresses: [metadata]}]';
export const BY_NAME = "allow: [{hosts: ['*.good.test', good.test]}]";

/** A probe that a policy must deny. */
export interface Attack {
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

/** A module. */
export const HTTP = '{prober: http}';

/** Where the servers of an attack are: what must not be reached, and what leads there. */
export interface AttackPlaces {
  readonly port: number;
  readonly folder: string;
  readonly socketPath: string;
  /** Ports at 127.0.0.2. */
  readonly ports: { readonly redirects: number; readonly proxy: number; readonly socks: number };
}

/** All attacks, as rows. */
export function attacksAt({ port, folder, socketPath, ports }: AttackPlaces): readonly Attack[] {
  const redirected = (location: string): string =>
    `http://127.0.0.2:${ports.redirects}/?to=${encodeURIComponent(location)}`;
  const by = (url: string): string =>
    `{prober: http, http: {proxy_url: '${url}', skip_resolve_phase_with_proxy: true}}`;
  const byProxy = by(`http://127.0.0.2:${ports.proxy}`);
  const bySocks = by(`socks5://127.0.0.2:${ports.socks}`);
  const token = (url: string, more = ''): string =>
    `{prober: http, http: {oauth2: {client_id: c, client_secret: s, token_url: '${url}'${more}}}}`;
  const dns = (transport: string): string => `{prober: dns, dns: {query_name: x.test, ${transport}}}`;
  const paths = (list: string): string => `deny: [{paths: [${list}]}]`;
  const onlyPath = `allow: [{paths: ['${folder}/open/*']}]`;
  const icmp = noIcmp();

  return [
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
    ...unspecifiedAddresses(port, redirected),
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
    {
      name: 'behind a proxy, a port that would wrap around',
      module: bySocks,
      policy: 'deny: [{ports: [22]}]',
      target: 'http://203.0.113.5:65558/',
    },
    {
      name: 'behind a trusted proxy, dots at the end',
      module: byProxy,
      policy: '{deny: [{addresses: [metadata]}], trust_proxies: true}',
      target: 'http://169.254.169.254.../',
    },
    {
      name: 'behind a trusted proxy, a name with dots at the end',
      module: byProxy,
      policy: '{deny: [{hosts: [internal.corp]}], trust_proxies: true}',
      target: 'http://internal.corp.../',
    },
    {
      name: 'multicast',
      module: dns('recursion_desired: true'),
      policy: 'deny: [{addresses: [link_local]}]',
      target: '224.0.0.1:53',
    },
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
      target: `http://127.0.0.2:${ports.proxy}/`,
    },
    {
      name: 'token endpoint, short',
      module: token(`http://127.1:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
    },
    {
      name: 'token endpoint by name',
      module: token(`http://inside.test:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
      resolves: true,
    },
    {
      name: 'token endpoint with one denied address',
      module: token(`http://mixed.test:${port}/`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
      resolves: true,
    },
    {
      name: 'redirect of a token endpoint',
      module: token(redirected(`http://127.0.0.1:${port}/`)),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
    },
    {
      name: 'proxy of a token endpoint',
      module: token('http://127.0.0.2/', `, proxy_url: 'http://127.0.0.1:${port}'`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
    },
    {
      name: 'token endpoint behind a proxy',
      module: token('http://2130706433/', `, proxy_url: 'http://127.0.0.2:${ports.proxy}'`),
      policy: NOT_ONE,
      target: `http://127.0.0.2:${ports.proxy}/`,
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
}
