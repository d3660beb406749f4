import t from 'tap';
import { parseHosts } from '../../../src/net/resolve/hosts-file.js';
import { candidateNames, isDomainName, parseResolvConf } from '../../../src/net/resolve/resolv-conf.js';
import { atOnce } from '../../../src/values/in-slices.js';

t.test('resolv.conf', (t) => {
  t.same(
    parseResolvConf(
      '# comment\n; another\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver nonsense\nsearch a.example b.example.\n' +
        'options ndots:3 timeout:2 attempts:5 rotate single-request use-vc\noptions edns0 trust-ad no-reload\n' +
        'nameserver 192.0.2.2\nnameserver 192.0.2.3\n',
      'host.z.example',
    ),
    {
      servers: ['192.0.2.1:53', '[2001:db8::1]:53', '192.0.2.2:53'],
      search: ['a.example.', 'b.example.'],
      ndots: 3,
      timeoutSeconds: 2,
      attempts: 5,
      rotate: true,
      singleRequest: true,
      useTcp: true,
      trustAd: true,
      noReload: true,
    },
    'everything that Go reads',
  );
  const defaults = {
    servers: ['127.0.0.1:53', '[::1]:53'],
    search: [],
    ndots: 1,
    timeoutSeconds: 5,
    attempts: 2,
    rotate: false,
    singleRequest: false,
    useTcp: false,
    trustAd: false,
    noReload: false,
  };
  t.same(parseResolvConf('', 'host'), defaults, 'defaults');
  const rows: readonly (readonly [name: string, text: string, expected: object])[] = [
    ['a suffix beyond ASCII', 'search caf\u00e9', { search: ['caf\u00c3\u00a9.'] }],
    ['the last of domain and search', 'domain x.example\nsearch y.example', { search: ['y.example.'] }],
    ['the least', 'options ndots:0 timeout:0 attempts:0', { ...defaults, ndots: 0, timeoutSeconds: 1, attempts: 1 }],
    ['the most', 'options ndots:99 attempts:99999999999', { ...defaults, ndots: 15, attempts: 100 }],
    ['numbers with more behind them', 'options ndots:2x timeout:3s', { ...defaults, ndots: 2, timeoutSeconds: 3 }],
    ['no numbers', 'options ndots: timeout:x', { ...defaults, ndots: 0, timeoutSeconds: 1 }],
    ['names of other systems', 'options usevc', { useTcp: true }],
    ['names of other systems', 'options tcp single-request-reopen', { useTcp: true, singleRequest: true }],
    ['names of properties', 'options constructor toString', defaults],
  ];
  for (const [name, text, expected] of rows) t.match(parseResolvConf(text, 'host'), expected, name);
  for (const [hostname, search] of [
    ['host.a.example', ['a.example.']],
    ['host.', []],
    ['', []],
  ] as const) {
    t.same(parseResolvConf('', hostname).search, search, `the domain of "${hostname}" is searched`);
  }
  t.end();
});

t.test('names to ask for', (t) => {
  const search = ['a.example.', 'b.example.'];
  const rows: readonly (readonly [name: string, ndots: number, expected: readonly string[]])[] = [
    ['host', 1, ['host.a.example.', 'host.b.example.', 'host.']],
    ['host.sub', 1, ['host.sub.', 'host.sub.a.example.', 'host.sub.b.example.']],
    ['host.sub', 2, ['host.sub.a.example.', 'host.sub.b.example.', 'host.sub.']],
    ['host.sub.', 5, ['host.sub.']],
    ['hidden.onion', 1, ['hidden.onion.a.example.', 'hidden.onion.b.example.']],
    ['127.1', 1, []],
    ['', 1, []],
    ['[::1]', 1, []],
    ['münchen.example', 1, []],
  ];
  for (const [name, ndots, expected] of rows)
    t.same(candidateNames(name, { search, ndots }), expected, `"${name}" ${ndots}`);
  t.end();
});

t.test('host names', (t) => {
  const good = ['a', 'a.b', 'a-b', '_dmarc.example', 'x1.', '1a', `${'l'.repeat(63)}.x`];
  const bad = [
    '',
    '..',
    'a..b',
    '.a',
    '-a',
    'a-',
    '1.2',
    '2130706433',
    'a b',
    'a/b',
    `${'l'.repeat(64)}.x`,
    'l.'.repeat(128),
  ];
  for (const name of good) t.ok(isDomainName(name), name);
  for (const name of bad) t.notOk(isDomainName(name), `"${name}"`);
  t.end();
});

t.test('hosts file', (t) => {
  const table = atOnce(
    parseHosts(
      '127.0.0.1 localhost Local # comment\n::1\tlocalhost\n#127.0.0.9 no\nnonsense x\n\n192.0.2.1 localhost\n' +
        '192.0.2.2 localhost.\n192.0.2.3 db.example\n192.0.2.4 db.example.\n',
    ),
  );
  t.same(
    table.get('localhost'),
    [
      { family: 4, text: '127.0.0.1' },
      { family: 6, text: '::1' },
      { family: 4, text: '192.0.2.1' },
    ],
    'all lines, in order',
  );
  t.same(table.get('local'), [{ family: 4, text: '127.0.0.1' }], 'letter case does not matter');
  t.same(table.get('localhost.'), [{ family: 4, text: '192.0.2.2' }], 'one label with a dot is a name of its own');
  const both = [
    { family: 4, text: '192.0.2.3' },
    { family: 4, text: '192.0.2.4' },
  ];
  for (const name of ['db.example', 'db.example.'])
    t.same(table.get(name), both, `${name}: its last dot does not matter`);
  t.notOk(table.get('no') ?? table.get('x') ?? table.get('local.'));
  t.end();
});

t.test('long hosts files', (t) => {
  const names = Array.from({ length: 20_000 }, (_, index) => `ads${index}.example`);
  const steps = parseHosts(names.map((name) => `0.0.0.0 ${name}\n`).join(''));
  let taken = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) taken++;
  t.ok(taken > 500, 'are read in small steps');
  const table = step.value;
  t.ok(names.every((name) => table.get(name)?.[0]?.text === '0.0.0.0'));
  const same = atOnce(parseHosts('192.0.2.1 many\n192.0.2.2 many\n'.repeat(1000)));
  t.equal(same.get('many')?.length, 64, 'a name has so many addresses that a look-up may go through them');
  t.end();
});

t.test('odd lines of hosts files', (t) => {
  const table = atOnce(parseHosts('\n \t\n# x\n192.0.2.1\n192.0.2.2#a\n \t192.0.2.3\tb\r\n192.0.2.4 c#d\n192.0.2.5 e'));
  t.same(
    ['a', 'b', 'c', 'd', 'e'].map((name) => table.get(name)?.map(({ text }) => text)),
    [undefined, ['192.0.2.3'], ['192.0.2.4'], undefined, ['192.0.2.5']],
  );
  t.end();
});
