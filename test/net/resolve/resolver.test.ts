import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { ResolveError } from '../../../src/net/resolve/resolve-error.js';
import { createSystemResolver, type Resolver } from '../../../src/net/resolve/resolver.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { A_RECORD, wireReply } from '../../helpers/servers/dns-bytes.js';
import { type DnsAnswer, startDnsServer } from '../../helpers/servers/dns-server.js';
import { startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { until } from '../../helpers/until.js';

const never = new AbortController().signal;

interface Deps {
  readonly answers?: readonly Readonly<Record<string, DnsAnswer>>[];
  readonly hosts?: string;
  readonly resolvConf?: string;
  readonly hostname?: string;
}

interface Fixture {
  readonly resolver: Resolver;
  readonly clock: ManualClock;
  readonly questions: () => readonly string[];
  readonly servers: readonly string[];
  readonly hostsFile: string;
  readonly lookup: (host: string, family?: 4 | 6) => Promise<readonly string[] | string>;
}

/** A resolver with its own files and name servers. */
async function fixture(
  t: Test,
  { answers = [{}], hosts = '', resolvConf = '', hostname = 'here' }: Deps,
): Promise<Fixture> {
  const folder = t.testdir({ hosts, 'resolv.conf': resolvConf });
  const servers = await Promise.all(answers.map((table) => startDnsServer(table)));
  t.teardown(() => Promise.all(servers.map((server) => server.close())));
  const clock = new ManualClock();
  const hostsFile = path.join(folder, 'hosts');
  const addresses = servers.map(({ address }) => address);
  const resolvConfFile = path.join(folder, 'resolv.conf');
  const resolver = createSystemResolver({ hostsFile, resolvConfFile, hostname, clock, servers: addresses });
  return {
    resolver,
    clock,
    hostsFile,
    servers: addresses,
    questions: () => servers.flatMap(({ questions }) => questions),
    lookup: (host, family = 4) => resolver.lookup(host, family, never).then(({ addresses }) => addresses, describe),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof ResolveError)) throw error;
  return `${error.reason} ${error.message}`;
}

t.test('answers of the name server', async (t) => {
  const { lookup, questions } = await fixture(t, {
    answers: [{ 'two.example.': ['192.0.2.1', '2001:db8::1', '192.0.2.2'], 'only6.example.': ['2001:db8::1'] }],
  });
  t.same(await lookup('two.example'), ['192.0.2.1', '192.0.2.2'], 'in the order of the answer');
  t.same(await lookup('two.example', 6), ['2001:db8::1']);
  t.same(await lookup('TWO.example.'), ['192.0.2.1', '192.0.2.2'], 'letter case and final dot');
  await lookup('two.example');
  t.equal(questions().filter((question) => question === 'two.example. A').length, 3, 'nothing is remembered');
});

t.test('failures', async (t) => {
  const { lookup, servers, questions } = await fixture(t, {
    answers: [{ 'only6.example.': ['2001:db8::1'], 'broken.example.': 'SERVFAIL', 'refused.example.': 'REFUSED' }],
  });
  const [server] = servers;
  t.equal(await lookup('nope.example'), `dns_no_such_host lookup nope.example on ${server}: no such host`);
  t.equal(await lookup('only6.example'), `dns_no_suitable_address lookup only6.example on ${server}: no such host`);
  t.equal(await lookup('broken.example'), `dns_server_failure lookup broken.example on ${server}: server misbehaving`);
  t.equal(questions().filter((question) => question === 'broken.example. A').length, 2, 'asked twice');
  t.equal(
    await lookup('refused.example'),
    `dns_server_failure lookup refused.example on ${server}: server misbehaving`,
  );
  t.equal(await lookup('127.1'), 'dns_no_such_host lookup 127.1: no such host', 'no name, so nobody is asked');
  t.equal(await lookup(''), 'dns_no_such_host lookup : no such host');
});

t.test('the next server is asked when one does not know better', async (t) => {
  const { lookup, questions } = await fixture(t, {
    answers: [{ '*': 'SERVFAIL' }, { 'a.example.': ['192.0.2.7'] }],
  });
  t.same(await lookup('a.example'), ['192.0.2.7']);
  t.match(await lookup('b.example'), /^dns_no_such_host/, 'and its no is a no');
  t.same(questions(), ['a.example. A', 'b.example. A', 'a.example. A', 'b.example. A']);
});

t.test('search list and ndots', async (t) => {
  const { lookup, questions } = await fixture(t, {
    answers: [{ 'web.b.example.': ['192.0.2.1'], 'x.y.': ['192.0.2.2'] }],
    resolvConf: 'search a.example b.example\noptions ndots:1\n',
  });
  t.same(await lookup('web'), ['192.0.2.1']);
  t.same(questions(), ['web.a.example. A', 'web.b.example. A'], 'the search list in its order');
  t.same(await lookup('x.y'), ['192.0.2.2']);
  t.same(questions().slice(2), ['x.y. A'], 'a name with enough dots is tried as it is first');
  t.match(await lookup('none'), /^dns_no_such_host lookup none on /, 'the failure names what was asked for');
});

t.test('an alias of nothing is an answer without data', async (t) => {
  const { lookup, servers, questions } = await fixture(t, {
    answers: [
      { 'www.example.': 'dangling alias', 'web.a.example.': 'dangling alias', 'web.b.example.': ['192.0.2.1'] },
    ],
    resolvConf: 'search a.example b.example\n',
  });
  const expected = `dns_no_suitable_address lookup www.example. on ${servers[0]}: no such host`;
  t.equal(await lookup('www.example.'), expected);
  t.equal(await lookup('www.example.', 6), expected);
  t.same(questions(), ['www.example. A', 'www.example. AAAA'], 'asked once each');
  t.same(await lookup('web'), ['192.0.2.1'], 'the search list goes on');
});

t.test('the hosts file comes first', async (t) => {
  const { lookup, questions, clock, hostsFile } = await fixture(t, {
    answers: [{ '*': ['192.0.2.99'] }],
    hosts: '192.0.2.1 Here\n2001:db8::2 here\n192.0.2.3 here\n192.0.2.4 four.example\n192.0.2.5 five.example.\n',
  });
  t.same(await lookup('here'), ['192.0.2.1', '192.0.2.3']);
  t.same(await lookup('here', 6), ['2001:db8::2']);
  t.equal(await lookup('four.example', 6), 'dns_no_suitable_address address four.example: no suitable address found');
  t.same(await lookup('four.example.'), ['192.0.2.4'], 'a final dot');
  t.same(await lookup('five.example'), ['192.0.2.5'], 'a final dot in the file');
  t.same(questions(), [], 'nobody else was asked');
  t.same(await lookup('here.'), ['192.0.2.99'], 'a name of one label with a dot is another one');
  writeFileSync(hostsFile, '192.0.2.50 here\n');
  t.same(await lookup('here'), ['192.0.2.1', '192.0.2.3'], 'looked at seconds ago');
  clock.advance(5);
  // The look is started, not awaited: an answer never waits for the disk.
  await lookup('here');
  await until(async () => (await lookup('here'))[0] === '192.0.2.50', 'the change');
  t.same(await lookup('here'), ['192.0.2.50'], 'a change is seen');
});

t.test('a hosts file of a hundred thousand names', async (t) => {
  const long = (address: string): string =>
    Array.from({ length: 100_000 }, (_, index) => `${address} name${index}\n`).join('');
  const { lookup, clock, hostsFile } = await fixture(t, { hosts: long('192.0.2.1') });
  t.same(await lookup('name99999'), ['192.0.2.1'], 'the first look waits for all of it');
  writeFileSync(hostsFile, long('192.0.2.2'));
  clock.advance(5);
  await until(async () => {
    const [address] = await lookup('name99999');
    if (address !== '192.0.2.1' && address !== '192.0.2.2') t.fail(`no address while it is read anew: ${address}`);
    return address === '192.0.2.2';
  }, 'the change');
  t.same(await lookup('name0'), ['192.0.2.2']);
});

t.test('a resolv.conf of more than 64 KiB counts as empty', async (t) => {
  const search = `search ${'long.example '.repeat(6000)}\n`;
  const { lookup, questions } = await fixture(t, { answers: [{ '*': ['192.0.2.1'] }], resolvConf: search });
  t.same(await lookup('web'), ['192.0.2.1']);
  t.same(questions(), ['web. A']);
});

t.test('a hundred dead names do not delay another one', async (t) => {
  const { resolver, lookup, questions } = await fixture(t, {
    answers: [{ '*': 'silence', 'alive.example.': ['192.0.2.1'] }],
  });
  const aborts = Array.from({ length: 100 }, () => new AbortController());
  const dead = aborts.map(({ signal }, index) => resolver.lookup(`dead${index}.example`, 4, signal));
  const settled = Promise.allSettled(dead);
  let open = dead.length;
  for (const each of dead) each.catch(() => open--);
  t.same(await lookup('alive.example'), ['192.0.2.1']);
  t.equal(open, 100, 'while all of them still wait');
  while (questions().length < 101) await tick();
  const reason = new Error('enough');
  for (const abort of aborts) abort.abort(reason);
  const results = await settled;
  t.ok(
    results.every((result) => result.status === 'rejected' && result.reason === reason),
    "each rejects with the signal's reason",
  );
  t.same(await lookup('alive.example'), ['192.0.2.1'], 'and there is room for more');
});

t.test('a signal that was aborted before', async (t) => {
  const { resolver, questions } = await fixture(t, { answers: [{ '*': ['192.0.2.1'] }] });
  const reason = new Error('too late');
  await t.rejects(resolver.lookup('a.example', 4, AbortSignal.abort(reason)), reason);
  t.same(questions(), []);
});

t.test('missing files', async (t) => {
  const { address, close } = await startDnsServer({ 'a.': ['192.0.2.1'] });
  t.teardown(close);
  const resolver = createSystemResolver({
    hostsFile: '/nonexistent/hosts',
    resolvConfFile: '/nonexistent/resolv.conf',
    clock: new ManualClock(),
    servers: [address],
  });
  t.same((await resolver.lookup('a', 4, never)).addresses, ['192.0.2.1'], 'count as empty');
});

t.test('an aborted look-up keeps nothing alive', async (t) => {
  const server = await startDnsServer({ '*': 'silence' });
  t.teardown(server.close);
  const folder = t.testdir({ hosts: '', 'resolv.conf': 'options timeout:3600\n' });
  const script = `
    import { createSystemResolver } from ${JSON.stringify(new URL('../../../src/net/resolve/resolver.js', import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../../src/values/clock.js', import.meta.url).href)};
    const resolver = createSystemResolver({
      hostsFile: 'hosts', resolvConfFile: 'resolv.conf', clock: systemClock, servers: ['${server.address}'],
    });
    const abort = new AbortController();
    const lookup = resolver.lookup('dead.example', 4, abort.signal);
    process.stdin.once('data', () => { process.stdin.destroy(); abort.abort(new Error('enough')); });
    console.log(await lookup.catch((error) => error.message));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const printed = child.stdout.setEncoding('utf8').toArray();
  while (server.questions.length === 0) await tick();
  child.stdin.write('now');
  // Without the cancelling of its query the process would live on for an hour.
  t.same(await once(child, 'exit'), [0, null]);
  t.equal((await printed).join(''), 'enough\n');
});

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

t.test('the server that nobody listens at, and the next one', async (t) => {
  const { lookup, servers } = await fixture(t, { answers: [{ '*': ['192.0.2.1'] }] });
  const { address: dead, close } = await startDnsServer({});
  await close();
  const look = (...asked: readonly string[]): Promise<readonly string[] | string> =>
    createSystemResolver({
      hostsFile: '/nonexistent/hosts',
      resolvConfFile: '/nonexistent/resolv.conf',
      hostname: 'here',
      clock: new ManualClock(),
      servers: asked,
    })
      .lookup('a.example', 4, never)
      .then(({ addresses }) => addresses, describe);
  t.same(await lookup('a.example'), ['192.0.2.1']);
  t.same(await look(dead, servers[0]!), ['192.0.2.1'], 'is asked');
  t.equal(await look(dead), `dns_server_failure lookup a.example on ${dead}: connection refused`);
});

t.test('a look-up that is given up closes its socket', async (t) => {
  for (const conf of ['', 'options use-vc']) {
    const server = await startScriptedDns(t, () => []);
    const files = t.testdir({ hosts: '', 'resolv.conf': conf });
    const clock = new ManualClock();
    const resolver = createSystemResolver({
      hostsFile: path.join(files, 'hosts'),
      resolvConfFile: path.join(files, 'resolv.conf'),
      clock,
      servers: [server.target],
    });
    const abort = new AbortController();
    const reason = new Error('enough');
    const lookup = t.rejects(resolver.lookup('a.example', 4, abort.signal), reason);
    await until(() => server.queries.length === 1, 'the question');
    t.equal(server.open(), 1);
    abort.abort(reason);
    await lookup;
    await until(() => server.open() === 0, 'the socket is closed');
    t.equal(clock.pending, 0, 'no timer is left');
  }
});

t.test('every question has a port and an id of its own', async (t) => {
  const server = await startScriptedDns(t, (query) => [wireReply(query, { answer: [A_RECORD] })]);
  const resolver = createSystemResolver({
    hostsFile: '/nonexistent/hosts',
    resolvConfFile: '/nonexistent/resolv.conf',
    clock: new ManualClock(),
    servers: [server.target],
  });
  for (let round = 0; round < 8; round++) await resolver.lookup('a.example', 4, never);
  t.ok(new Set(server.queries.map(({ port }) => port)).size > 4, 'ports differ');
  t.ok(new Set(server.queries.map(({ bytes }) => bytes.readUInt16BE(0))).size > 4, 'ids differ');
});

t.test('changes of resolv.conf', async (t) => {
  for (const [options, expected] of [
    ['', 'web.changed.example. A'],
    ['options no-reload\n', 'web.a.example. A'],
  ] as const) {
    const { lookup, clock, questions, hostsFile } = await fixture(t, {
      answers: [{ '*': ['192.0.2.1'] }],
      resolvConf: `search a.example\n${options}`,
    });
    await lookup('web');
    writeFileSync(path.join(path.dirname(hostsFile), 'resolv.conf'), `search changed.example\n${options}`);
    writeFileSync(hostsFile, '192.0.2.50 here\n');
    clock.advance(5);
    await until(async () => (await lookup('here'))[0] === '192.0.2.50', 'the change of the hosts file');
    if (options === '') {
      await until(async () => {
        await lookup('web');
        return questions().at(-1) === 'web.changed.example. A';
      }, 'the change of resolv.conf');
    }
    await lookup('web');
    t.equal(questions().at(-1), expected, options === '' ? 'are followed' : 'are not followed where the file says so');
  }
});

t.test('the domain of this machine is searched where there is no search list', async (t) => {
  const { lookup, questions } = await fixture(t, {
    answers: [{ 'web.b.example.': ['192.0.2.1'] }],
    hostname: 'a.b.example',
  });
  t.same(await lookup('web'), ['192.0.2.1']);
  t.same(questions(), ['web.b.example. A']);
});

t.test('an answer of thousands of addresses', async (t) => {
  const server = await startScriptedDns(t, (query, transport) => [
    transport === 'udp'
      ? wireReply(query, { flags: 0x8380 })
      : wireReply(query, { flags: 0x8180, answer: Array<Buffer>(4000).fill(A_RECORD) }),
  ]);
  const resolver = createSystemResolver({
    hostsFile: '/nonexistent/hosts',
    resolvConfFile: '/nonexistent/resolv.conf',
    clock: new ManualClock(),
    servers: [server.target],
  });
  t.equal((await resolver.lookup('a.example', 4, never)).addresses.length, 64, 'is cut');
});
