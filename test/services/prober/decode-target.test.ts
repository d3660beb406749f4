import t from 'tap';
import { decodeTarget } from '../../../src/services/prober/decode-target.js';

/** What a `target` parameter is after the first decoding, and what was meant. */
const rows: readonly (readonly [name: string, parameter: string, target: string])[] = [
  ['a plain URL', 'https://x.example/a', 'https://x.example/a'],
  ['encoded as a whole', 'https%3A%2F%2Fx.example%2Fa%3Fb%3D1', 'https://x.example/a?b=1'],
  ['lower-case escapes', 'http%3a%2f%2fx', 'http://x'],
  ['only the colon escaped', 'http%3A//x', 'http://x'],
  ['another scheme', 'wss%3A%2F%2Fx%2F', 'wss://x/'],
  ['an escaped plus in a query survives', 'http://x/?q=a%2Bb', 'http://x/?q=a%2Bb'],
  ['a plus in a query survives', 'http://x/?q=a+b', 'http://x/?q=a+b'],
  ['a plus of a target encoded as a whole survives', 'http%3A%2F%2Fx%2F%3Fq%3Da+b%252B', 'http://x/?q=a+b%2B'],
  ['an escaped URL inside a query stays', 'http://x/?u=https%3A%2F%2Fy', 'http://x/?u=https%3A%2F%2Fy'],
  ['a percent sign stays', 'http://x/100%25', 'http://x/100%25'],
  ['a zone stays', '[::1%25lo]', '[::1%25lo]'],
  ['a zone with a port stays', '[fe80::1%25eth0]:80', '[fe80::1%25eth0]:80'],
  ['host and port encoded as a whole', 'x.example%3A443', 'x.example:443'],
  ['an IPv6 address and port encoded as a whole', '%5B::1%5D%3A443', '[::1]:443'],
  ['the colon before a port, encoded twice', 'http://127.0.0.1%3A8080/x', 'http://127.0.0.1:8080/x'],
  ['and three times', 'http://127.0.0.1%253A8080/x%252F', 'http://127.0.0.1:8080/x%252F'],
  ['in a URL encoded as a whole', 'http%3A%2F%2F127.0.0.1%253A80%2F', 'http://127.0.0.1:80/'],
  ['in a host without a scheme, with a path', '127.0.0.1%3A8080/x%2Fy', '127.0.0.1:8080/x%2Fy'],
  ['encoded several times', 'x.example%25253A443?q=%2B', 'x.example:443?q=%2B'],
  ['an IPv6 address without a scheme, with a path', '%5B::1%5D%3A443/x', '[::1]:443/x'],
  ['a name and a password before a host stay', 'u:p%3A1@x/', 'u:p%3A1@x/'],
  ['a host behind a password keeps the password', 'http://u:p%2F@x%3A80/', 'http://u:p%2F@x:80/'],
  ['a zone in a URL stays', 'http://[fe80::1%25eth0]:80/', 'http://[fe80::1%25eth0]:80/'],
  ['what would be another host is none', 'http://x%2F@y/', 'http://x%2F@y/'],
  ['a slash in a host stays', 'http://x%2Fy/', 'http://x%2Fy/'],
  ['a malformed escape in a host stays', 'http://x%zz/', 'http://x%zz/'],
  ['a host of nothing but escapes stays', `http://${'%25'.repeat(300)}3A/`, `http://${'%25'.repeat(300)}3A/`],
  ['a malformed escape leaves it as it is', 'http%3A%2F%2Fx%2F%zz', 'http%3A%2F%2Fx%2F%zz'],
  ['a name with an escape of no such kind', 'x%2Dy', 'x%2Dy'],
  ['a host and port', 'x:443', 'x:443'],
  ['empty', '', ''],
];
for (const [name, parameter, target] of rows) {
  t.test(name, async (t) => {
    t.equal(decodeTarget(parameter), target);
  });
}
