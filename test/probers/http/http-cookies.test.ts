import t from 'tap';
import { createCookieJar } from '../../../src/probers/http/http-cookies.js';

t.test('which cookies go where', async (t) => {
  const rows: readonly {
    name: string;
    from: string;
    set: readonly string[];
    to: readonly (readonly [string, string | undefined])[];
  }[] = [
    {
      name: 'back to the host',
      from: 'http://h.example/',
      set: ['a=1', 'b=2'],
      to: [
        ['http://h.example/', 'a=1; b=2'],
        ['http://h.example:81/x?y', 'a=1; b=2'],
        ['http://x.h.example/', undefined],
        ['http://other.example/', undefined],
      ],
    },
    {
      name: 'to the domain',
      from: 'http://h.example.com/',
      set: ['a=1; Domain=example.com', 'b=2; domain=.example.com'],
      to: [['http://x.example.com/', 'a=1; b=2']],
    },
    {
      name: 'not for a public suffix',
      from: 'http://a.co.uk/',
      set: ['a=1; Domain=co.uk', 'b=1; Domain=uk', 'c=1; Domain=other.co.uk'],
      to: [
        ['http://a.co.uk/', undefined],
        ['http://b.co.uk/', undefined],
      ],
    },
    {
      name: 'a public suffix that is the host',
      from: 'http://github.io/',
      set: ['a=1; Domain=github.io'],
      to: [
        ['http://github.io/', 'a=1'],
        ['http://x.github.io/', undefined],
      ],
    },
    {
      name: 'a single label',
      from: 'http://intra:8080/',
      set: ['a=1', 'b=2; Domain=intra'],
      to: [['http://intra/', 'a=1; b=2']],
    },
    {
      name: 'localhost',
      from: 'http://localhost/',
      set: ['a=1; Domain=localhost'],
      to: [['http://localhost/', 'a=1']],
    },
    {
      name: 'an IPv4 address',
      from: 'http://127.0.0.1:1/',
      set: ['a=1', 'b=2; Domain=127.0.0.1', 'c=3; Domain=0.0.1'],
      to: [
        ['http://127.0.0.1:2/', 'a=1; b=2'],
        ['http://127.0.0.2/', undefined],
      ],
    },
    {
      name: 'an IPv6 address',
      from: 'http://[::1]:1/',
      set: ['a=1', 'b=2; Domain=::1'],
      to: [['http://[::1]/', 'a=1; b=2']],
    },
    {
      name: 'an address with a zone',
      from: 'http://[fe80::1%25lo]/',
      set: ['a=1'],
      to: [['http://[fe80::1%25lo]/', 'a=1']],
    },
    {
      name: 'blanks and commas are sent in quotes',
      from: 'http://h/',
      set: ['a=b c', 'd=e,f', 'g="h i"'],
      to: [['http://h/', 'a="b c"; d="e,f"; g="h i"']],
    },
    {
      name: 'paths, the longest first',
      from: 'http://h/x/y',
      set: ['a=1; Path=/', 'b=2', 'c=3; Path=/z', 'd=4; Path=odd'],
      to: [
        ['http://h/x/q', 'b=2; d=4; a=1'],
        ['http://h/', 'a=1'],
        ['http://h/xx', 'a=1'],
      ],
    },
    {
      name: 'secure',
      from: 'http://h/',
      set: ['a=1; Secure'],
      to: [
        ['http://h/', undefined],
        ['http://localhost/', undefined],
        ['https://h/', 'a=1'],
      ],
    },
    {
      name: 'secure on this host',
      from: 'http://localhost/',
      set: ['a=1; Secure'],
      to: [['http://localhost/', undefined]],
    },
    {
      name: 'replaced and removed',
      from: 'http://h/',
      set: ['a=1', 'b=1', 'c=1', 'a=2', 'b=; Max-Age=0', 'c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      to: [['http://h/', 'a=2']],
    },
    {
      name: 'odd lifetimes',
      from: 'http://h/',
      set: ['a=1; Max-Age=x', 'b=1; Expires=never', 'c=1; Max-Age=-5'],
      to: [['http://h/', 'a=1; b=1']],
    },
    {
      name: 'values',
      from: 'http://h/',
      set: ['a=b=c', 'd="q r"', 'e= f ', 'g='],
      to: [['http://h/', 'a=b=c; d="q r"; e=f; g=']],
    },
    {
      name: 'prefixes mean nothing',
      from: 'http://h/',
      set: ['__Host-a=1', '__Secure-b=2'],
      to: [['http://h/', '__Host-a=1; __Secure-b=2']],
    },
    {
      name: 'names of JavaScript',
      from: 'http://h/',
      set: ['__proto__=1', 'constructor=2'],
      to: [['http://h/', '__proto__=1; constructor=2']],
    },
    {
      name: 'not acceptable',
      from: 'http://h/',
      set: ['', '=x', 'noequals', 'a b=1', 'c=ü', 'd=\\', 'e=a"b', 'f=\u0000', 'g=1\u0007', ';', '; Path=/'],
      to: [['http://h/', undefined]],
    },
    {
      name: 'not a URL',
      from: 'nonsense',
      set: ['a=1'],
      to: [
        ['nonsense', undefined],
        ['http://[/', undefined],
      ],
    },
  ];
  for (const { name, from, set, to } of rows) {
    const jar = await createCookieJar();
    await jar.store(from, set);
    for (const [url, header] of to) t.equal(jar.header(url), header, `${name}: ${url}`);
  }
});

t.test('each probe has a jar of its own', async (t) => {
  const [one, other] = [await createCookieJar(), await createCookieJar()];
  await one.store('http://h/', ['a=1']);
  t.equal(other.header('http://h/'), undefined);
});

/** A small generator with a fixed seed: the same texts at each run. */
function texts(alphabet: string): () => string {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return () => Array.from({ length: next(30) }, () => alphabet.charAt(next(alphabet.length))).join('');
}

t.test('no header and no URL makes it throw', async (t) => {
  const jar = await createCookieJar();
  const text = texts('a=;, "\\\t\u0000Domain=.Path/Max-Age=9Expires%[]:ü\ud800\n');
  const hosts = ['h', 'h.com', 'h.co.uk', 'h:1', '[::1]', '1.2.3.4', 'ü.example'];
  for (let round = 0; round < 3000; round++) {
    const url = `http://${hosts[round % hosts.length] ?? ''}/${text()}`;
    await jar.store(url, [text(), `x=1; ${text()}`]);
    jar.header(url);
  }
  t.pass('nothing was thrown');
});
