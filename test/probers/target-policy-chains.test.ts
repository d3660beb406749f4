import t from 'tap';
import { noIcmp } from '../helpers/icmp-support.js';
import { type DnsAnswer, startDnsServer } from '../helpers/servers/dns-server.js';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { setTrap } from '../helpers/trap.js';
import { HTTP } from './target-policy-attacks.js';
import { attack, TOLD } from './target-policy-attempt.js';

// The owner of a domain may lead a name in it to a name of somebody else. What the name server says of that is judged.

const HERE = ['127.0.0.1', '::1'];
const NOT_CORP = "deny: [{hosts: ['*.corp.test', corp.test]}]";
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** As many different names as a chain may have, and `more`. */
const chain = (more: number): readonly string[] => Array.from({ length: 16 + more }, (_, index) => `n${index}.test`);

const NAMES: Record<string, DnsAnswer> = {
  'alias.test.': { aliases: ['db.corp.test'], addresses: HERE },
  'far.test.': { aliases: ['db.corp.test'], addresses: ['127.0.0.2'] },
  'apex.test.': { aliases: ['corp.test'], addresses: HERE },
  'capitals.test.': { aliases: ['DB.Corp.TEST'], addresses: HERE },
  'middle.test.': { aliases: ['a.test', 'db.corp.test', 'b.test'], addresses: HERE },
  'owner.test.': { aliases: [], owner: 'db.corp.test', addresses: HERE },
  'unicode.test.': { aliases: ['b\xc3\xbccher.corp.test'], addresses: HERE },
  'odd.test.': { aliases: ['a b.test'], addresses: HERE },
  'root.test.': { aliases: ['.'], addresses: HERE },
  'long.test.': { aliases: chain(1), addresses: HERE },
  'many.test.': { aliases: ['db.corp.test'], owner: 'many.test', addresses: Array<string>(80).fill('127.0.0.1') },
  'x.evil.test.': { aliases: ['a.good.test'], addresses: HERE },
  'a.good.test.': { aliases: ['edge.cdn.test'], addresses: ['127.0.0.1'] },
  'short.test.': { aliases: chain(0), addresses: ['127.0.0.1'] },
  'digits.test.': { aliases: ['10.0.0.1'], addresses: ['127.0.0.1'] },
};

interface Row {
  readonly name: string;
  readonly module?: string;
  readonly policy?: string;
  readonly target: string;
  readonly skip?: string | false;
}

const IP4 = '{prober: http, http: {preferred_ip_protocol: ip4}}';
const DNS = '{prober: dns, dns: {query_name: x.test}}';

function denied(port: number, world: { readonly redirects: number; readonly proxy: number }): readonly Row[] {
  const to = (host: string): string => `http://${host}:${port}/`;
  const by = (url: string): string =>
    `{prober: http, http: {proxy_url: '${url}', skip_resolve_phase_with_proxy: true}}`;
  const token = `{prober: http, http: {oauth2: {client_id: c, client_secret: s, token_url: '${to('alias.test')}'}}}`;
  const onPort = "deny: [{hosts: ['*.corp.test'], ports: [1-65535], addresses: [loopback]}]";
  const onThisPort = `deny: [{hosts: ['*.corp.test'], ports: [${port}]}]`;
  return [
    { name: 'a name', target: to('alias.test') },
    { name: 'a domain itself', target: to('apex.test') },
    { name: 'a name in capitals', target: to('capitals.test') },
    { name: 'a name in the middle of a chain', target: to('middle.test') },
    { name: 'the owner of the address, without CNAME', target: to('owner.test') },
    { name: 'a name behind many addresses', target: to('many.test') },
    { name: 'a name in UTF-8', policy: "deny: [{hosts: ['xn--bcher-kva.corp.test']}]", target: to('unicode.test') },
    { name: 'a name that is none', target: to('odd.test') },
    { name: 'the root', target: to('root.test') },
    { name: 'a chain without end', target: to('long.test') },
    { name: 'only IPv6', module: '{prober: http, http: {ip_protocol_fallback: false}}', target: to('alias.test') },
    { name: 'other keys match, too', policy: onPort, target: to('alias.test') },
    { name: 'an allowed name', policy: `allow: [{hosts: [alias.test]}], ${NOT_CORP}`, target: to('alias.test') },
    { name: 'tcp', module: '{prober: tcp}', target: `alias.test:${port}` },
    { name: 'grpc', module: '{prober: grpc}', target: `alias.test:${port}` },
    { name: 'websocket', module: '{prober: websocket}', target: `ws://alias.test:${port}/` },
    { name: 'dns', module: DNS, target: `alias.test:${port}` },
    {
      name: 'dns by TCP',
      module: DNS.replace('{query', '{transport_protocol: tcp, query'),
      target: `alias.test:${port}`,
    },
    { name: 'icmp', module: '{prober: icmp}', target: 'alias.test', skip: noIcmp() },
    { name: 'redis', module: '{prober: redis}', target: `redis://alias.test:${port}` },
    { name: 'nginx', module: '{prober: nginx}', target: `http://alias.test:${port}/stub_status` },
    { name: 'a redirect', target: `http://127.0.0.2:${world.redirects}/` },
    {
      name: 'a redirect to another port of a known name',
      policy: onThisPort,
      target: `http://far.test:${world.redirects}/far`,
    },
    { name: 'a proxy', module: by(`http://alias.test:${port}`), target: 'http://127.0.0.2/' },
    { name: 'behind a proxy', module: by(`http://127.0.0.2:${world.proxy}`), target: 'http://alias.test/' },
    { name: 'a token endpoint', module: token, target: `http://127.0.0.2:${world.proxy}/` },
    { name: 'allows nothing', policy: "allow: [{hosts: ['*.good.test']}]", target: to('x.evil.test') },
  ];
}

t.test('a CNAME that leads to a denied name is denied, and nothing arrives', async (t) => {
  const trap = await setTrap(t);
  const names = await startDnsServer(NAMES);
  t.teardown(() => names.close());
  const redirects = await startRawServer(
    t,
    (socket, request) => {
      const host = request.startsWith('GET /far ') ? 'far.test' : 'alias.test';
      socket.end(`HTTP/1.1 302 x\r\nLocation: http://${host}:${trap.port}/\r\nContent-Length: 0\r\n\r\n`);
    },
    '127.0.0.2',
  );
  const proxy = await startRawServer(t, answer(OK), '127.0.0.2');
  for (const row of denied(trap.port, { redirects: redirects.port, proxy: proxy.port })) {
    for (const level of ['of all modules', 'of the module'] as const) {
      await t.test(`${row.name}, policy ${level}`, { skip: row.skip ?? false }, async (t) => {
        const { module = HTTP, policy = NOT_CORP, target } = row;
        const probed = await attack({ module, policy, target, level, server: names.address });
        t.equal(probed.verdict, 'setup/target_denied');
        t.same(Object.keys(probed.metrics).sort(), TOLD);
      });
    }
  }
  t.equal(trap.arrived(), 0);
  t.same(proxy.requests, []);
});

t.test('other names of a chain change nothing', async (t) => {
  const names = await startDnsServer(NAMES);
  t.teardown(() => names.close());
  const { port } = await startRawServer(t, answer(OK));
  const byProxy = `{prober: http, http: {proxy_url: 'http://127.0.0.1:${port}', skip_resolve_phase_with_proxy: true}}`;
  const rows: readonly Row[] = [
    { name: 'an allowed name may lead anywhere', policy: "allow: [{hosts: ['*.good.test']}]", target: 'a.good.test' },
    { name: 'names that are not denied', target: 'a.good.test' },
    { name: 'a long chain', target: 'short.test' },
    { name: 'a name that looks like an address', target: 'digits.test' },
    { name: 'other keys do not match', policy: "deny: [{hosts: ['*.corp.test'], ports: [1]}]", target: 'alias.test' },
    { name: 'no names are judged', policy: 'deny: [{addresses: [metadata]}]', target: 'long.test' },
    { name: 'the proxy is trusted', module: byProxy, policy: `${NOT_CORP}, trust_proxies: true`, target: 'alias.test' },
  ];
  for (const { name, module = IP4, policy = NOT_CORP, target } of rows) {
    const probed = await attack({
      ...{ module, policy, target: `http://${target}:${port}/` },
      ...{ level: 'of all modules', server: names.address },
    });
    t.equal(probed.verdict, 'ok', name);
  }
});
