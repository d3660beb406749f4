import t from 'tap';
import { findRoute } from '../../../src/http/routes/find-route.js';

const ROOT = { prefix: '/', externalUrl: 'http://ex' };
const BELOW = { prefix: '/a/b/', externalUrl: 'http://ex/a/b' };
const NOWHERE = { kind: 'nowhere' };
const route = (path: string, query = '') => ({ kind: 'route', path, query });
const redirect = (status: number, location: string) => ({ kind: 'redirect', status, location });

const rows: readonly (readonly [mount: typeof ROOT, url: string, destination: object])[] = [
  [ROOT, '/', route('/')],
  [ROOT, '/probe?target=a//b/../c', route('/probe', 'target=a//b/../c')],
  [ROOT, '/probe?', route('/probe')],
  [ROOT, '/%70robe', route('/probe')],
  [ROOT, '/-/healthy', route('/-/healthy')],
  [ROOT, '/probe/', route('/probe/')],
  [ROOT, '/.well-known', route('/.well-known')],
  [ROOT, '//probe?x=1', redirect(307, '/probe?x=1')],
  [ROOT, '/a/../probe', redirect(307, '/probe')],
  [ROOT, '/./probe/.', redirect(307, '/probe')],
  [ROOT, '/../../x', redirect(307, '/x')],
  [ROOT, '/%2e%2e/x', redirect(307, '/x')],
  [ROOT, '//%C3%A4', redirect(307, '/%C3%A4')],
  [ROOT, '/%zz', { kind: 'malformed' }],
  [ROOT, '*', NOWHERE],
  [ROOT, 'http://proxy.example/probe?x=1', route('/probe', 'x=1')],
  [BELOW, '/', redirect(302, 'http://ex/a/b')],
  [BELOW, '/a/b', redirect(301, '/a/b/')],
  [BELOW, '/a/b?x=1', redirect(301, '/a/b/?x=1')],
  [BELOW, '/a/b/', route('/')],
  [BELOW, '/a/b/probe?x', route('/probe', 'x')],
  [BELOW, '/a/b//probe', redirect(307, '/a/b/probe')],
  [BELOW, '/probe', NOWHERE],
  [BELOW, '/a', NOWHERE],
  [BELOW, '/a/bc', NOWHERE],
];
for (const [mount, url, destination] of rows) {
  t.test(`${mount.prefix} ${url}`, async (t) => {
    t.same(findRoute(url, mount), destination);
  });
}
