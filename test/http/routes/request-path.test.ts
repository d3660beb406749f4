import t from 'tap';
import { readRequestPath, urlOf } from '../../../src/http/routes/request-path.js';

const path = (text: string, query = '') => ({ kind: 'path', path: text, query });
const unclean = (text: string, query = '') => ({ kind: 'unclean', path: text, query });

const ROWS: readonly (readonly [url: string, found: object])[] = [
  ['/metrics', path('/metrics')],
  ['/metrics?a=%zz', path('/metrics', 'a=%zz')],
  ['/%6d%65%74rics', path('/metrics')],
  ['/%2F%2f', unclean('/')],
  ['/%25zz', path('/%zz')],
  ['/%4a%4A%6f%6F', path('/JJoo')],
  ['/%09%0a%AF%fa', path('/\t\n\udcaf\udcfa')],
  ['/%c3%a9', path('/\u00e9')],
  ['/\u00c3\u00a9', path('/\u00e9')],
  ['/%zz', { kind: 'malformed' }],
  ['/a%', { kind: 'malformed' }],
  ['/a%4', { kind: 'malformed' }],
  ['//metrics?q', unclean('/metrics', 'q')],
  ['/a/%2e%2e/metrics', unclean('/metrics')],
  ['HTTP://h/metrics', path('/metrics')],
];

for (const [url, found] of ROWS) {
  t.test(`path of ${url}`, (t) => {
    t.same(readRequestPath(url), found);
    t.end();
  });
}

t.test('every byte of a path survives the way out and in', (t) => {
  // Shuffled by a step that is prime to 256, so that sequences of UTF-8, whole and broken, are among them.
  const bytes = Array.from({ length: 256 }, (_none, index) => (index * 91) % 256).filter((byte) => byte !== 0x2f);
  const url = `/${bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`;
  const found = readRequestPath(url);
  t.equal(found.kind, 'path');
  const again = found.kind === 'path' ? urlOf(found.path, '') : '';
  t.same(readRequestPath(again), found);
  t.match(again, /^\/[\w.~$&+,/:;=@!'()*%-]+$/);
  t.end();
});
