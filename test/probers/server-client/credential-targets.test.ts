import t from 'tap';
import { compileCredentialGate, credentialPattern } from '../../../src/probers/server-client/credential-targets.js';
import type { ServerTarget } from '../../../src/probers/server-client/server-target.js';

const unix = (path: string): ServerTarget => ({ kind: 'unix', path });
const tcp = (host: string, port = 6379): ServerTarget => ({ kind: 'tcp', host, port });

function receives(pattern: string, target: ServerTarget): boolean {
  try {
    compileCredentialGate([pattern], true)(target);
    return true;
  } catch {
    return false;
  }
}

const ROWS: readonly (readonly [name: string, pattern: string, target: ServerTarget, receives: boolean])[] = [
  ['a name', 'redis-*.example.com', tcp('redis-1.example.com'), true],
  ['other letter case and a final dot', 'Redis.example.com', tcp('rEDIS.Example.com.'), true],
  ['any host at a port', '*:6379', tcp('10.0.0.7'), true],
  ['anything', '*', unix('/tmp/../tmp/x'), true],
  ['an address', '10.0.0.*', tcp('10.0.0.7'), true],
  ['an address with a port', '10.0.0.*:63*', tcp('10.0.0.7'), true],
  ['an address of IPv6', 'fd00::*', tcp('fd00::7'), true],
  ['one in brackets', '[fd00::*]:6379', tcp('fd00::7'), true],
  ['a name that begins like an address', '10.0.0.*', tcp('10.0.0.example.org'), false],
  ['the same with a port', '10.0.0.*:6379', tcp('10.0.0.example.org'), false],
  ['a name that begins like IPv6', 'fd00::*', tcp('fd00::7.example.org'), false],
  ['a name that ends like an address', '*.0.0.7', tcp('x.0.0.7'), false],
  ['an address with a zone called as a host', '*.example.com', tcp('2001:db8::7%.example.com'), false],
  ['the same with a port', '*.example.com:6379', tcp('2001:db8::7%.example.com'), false],
  ['an address that begins as a name', 'db*', tcp('db8::7'), false],
  ['an address that ends as a port', '*:6379', tcp('2001:db8::6379', 80), false],
  ['an address of IPv6 that begins as one of IPv4', '10*', tcp('10a::7'), false],
  ['a zone called as an address', '*::7', tcp('2001:db8::66%::7'), false],
  ['a zone of an address', 'fe80::*', tcp('fe80::7%eth0'), true],
  ['another zone', 'fe80::7%eth0', tcp('fe80::7%eth1'), false],
  ['a port in place of the end of an address', '10.0.0.*7', tcp('10.0.0.66', 7), false],
  ['a port in place of the end of a name', 'db*1', tcp('db.example.org', 1), false],
  ['a pattern with a final dot', 'redis.example.com.:6379', tcp('redis.example.com'), true],
  ['any host at another port', '*:6379', tcp('10.0.0.7', 80), false],
  ['a socket called as a host', '*.example.com', unix('/tmp/x.example.com'), false],
  ['one in the working directory', 'redis-*', unix('redis-1'), false],
  ['one called as a host and a port', '*:6379', unix('/tmp/x:6379'), false],
  ['an abstract one called as a host', '*.example.com', unix('@x.example.com'), false],
  ['a socket in a folder', '/run/redis/*', unix('/run/redis/a.sock'), true],
  ['one with harmless detours', '/run/redis/*', unix('/run//redis/./a.sock'), true],
  ['a way out of the folder', '/run/redis/*', unix('/run/redis/../../tmp/a.sock'), false],
  ['a way into it by other links', '/run/redis/*', unix('/tmp/link/../run/redis/a.sock'), false],
  ['a path in another letter case', '/tmp/redis.sock', unix('/tmp/Redis.sock'), false],
  ['a path that begins with a dot segment', '/run/redis/*', unix('../run/redis/a.sock'), false],
  ['an abstract socket', '@redis-*', unix('@redis-1'), true],
];

for (const [name, pattern, target, expected] of ROWS) {
  t.test(`credentials_for: ${name}`, (t) => {
    t.equal(receives(pattern, target), expected);
    t.end();
  });
}

t.test('the pattern of a target means it', (t) => {
  const others = [tcp('redis.sock'), unix('/tmp/redis.sock')];
  for (const target of [
    tcp('fd00::7'),
    tcp('fe80::7%eth0'),
    tcp('10.0.0.7'),
    tcp('a.test'),
    tcp('a.test.'),
    unix('redis.sock'),
    unix('../a/redis.sock'),
    unix('@x'),
  ]) {
    const pattern = credentialPattern(target);
    t.ok(receives(pattern, target), pattern);
    for (const other of others) t.notOk(receives(pattern, other), pattern);
  }
  t.end();
});

t.test('thousands of patterns are refused', (t) => {
  t.throws(() => compileCredentialGate(new Array<string>(1001).fill('a.test'), true), {
    message: 'there are more than 1000 patterns; write stars',
    path: ['credentials_for'],
  });
  t.end();
});
