import t from 'tap';
import { joinHostPort, parsePort, parseServices, splitHostPort } from '../../src/net/host-port.js';

t.test('host:port splits as in Go', (t) => {
  const rows: readonly (readonly [text: string, host: string, port: string])[] = [
    ['localhost:80', 'localhost', '80'],
    ['localhost:http', 'localhost', 'http'],
    ['localhost:', 'localhost', ''],
    [':80', '', '80'],
    [':', '', ''],
    ['[::1]:80', '::1', '80'],
    ['[fe80::1%lo]:80', 'fe80::1%lo', '80'],
    ['[localhost]:80', 'localhost', '80'],
    ['[]:80', '', '80'],
  ];
  for (const [text, host, port] of rows) t.same(splitHostPort(text), { host, port }, text);
  t.end();
});

t.test('what does not split says so in the words of Go', (t) => {
  const rows: readonly (readonly [text: string, problem: string])[] = [
    ['localhost', 'missing port in address'],
    ['', 'missing port in address'],
    ['[::1]', 'missing port in address'],
    ['[::1]x80', 'missing port in address'],
    ['::1:80', 'too many colons in address'],
    ['a:b:80', 'too many colons in address'],
    ['[::1]::80', 'too many colons in address'],
    ['[::1:80', "missing ']' in address"],
    ['a[b:80', "unexpected '[' in address"],
    ['a]b:80', "unexpected ']' in address"],
    ['[[::1]:80', "unexpected '[' in address"],
    ['[::1]:8]0', "unexpected ']' in address"],
  ];
  for (const [text, problem] of rows) {
    t.throws(() => splitHostPort(text), { message: `address ${text}: ${problem}` }, `"${text}"`);
  }
  t.end();
});

t.test('joining puts brackets around what has a colon', (t) => {
  t.equal(joinHostPort('localhost', '80'), 'localhost:80');
  t.equal(joinHostPort('::1', 80), '[::1]:80');
  t.equal(joinHostPort('', ''), ':');
  t.end();
});

t.test('ports are digits or names', (t) => {
  const services = parseServices(
    '# comment\nsmtp 25/tcp mail # alias\ndomain 53/udp\nWhois\t43/tcp nicname\nbroken x/tcp\n',
  );
  t.equal(parsePort(''), 0);
  t.equal(parsePort('443'), 443);
  t.equal(parsePort('+80'), 80);
  t.equal(parsePort('https'), 443);
  t.equal(parsePort('HTTPS'), 443);
  t.equal(parsePort('mail', services), 25);
  t.equal(parsePort('whois', services), 43);
  t.throws(() => parsePort('65536'), { message: 'address 65536: invalid port' });
  t.throws(() => parsePort('-1'), { message: 'address -1: invalid port' });
  t.throws(() => parsePort('nope'), { message: 'lookup tcp/nope: unknown port' });
  t.throws(() => parsePort('domain', services), { message: 'lookup tcp/domain: unknown port' }, 'UDP is not TCP');
  t.end();
});
