import t from 'tap';
import { Router, type RouteRow } from '../../../src/http/routes/router.js';

const handler = (): void => undefined;
const row = (path: string, ...methods: readonly string[]): RouteRow => ({ path, methods, handler });

const router = new Router([
  { ...row('/metrics/job/', 'PUT', 'POST'), isPrefix: true },
  { ...row('/metrics/job/', 'DELETE'), isPrefix: true },
  row('/metrics', 'GET'),
  row('/-/quit', 'PUT'),
  row('/x/', 'GET'),
  { path: '/any', methods: 'any', handler },
]);
const found = (rest = '') => ({ kind: 'found', handler, rest });
const redirect = (path: string) => ({ kind: 'redirect', path });
const allow = (...methods: readonly string[]) => ({ kind: 'allow', allow: methods.join(', ') });
const NOWHERE = { kind: 'nowhere' };

const ROWS: readonly (readonly [method: string, path: string, routed: object])[] = [
  ['GET', '/metrics', found()],
  ['PUT', '/metrics/job/a/b/c', found('a/b/c')],
  ['GET', '/metrics/', redirect('/metrics')],
  ['GET', '/x', redirect('/x/')],
  ['GET', '/METRICS', redirect('/metrics')],
  ['PUT', '/Metrics/JOB/A', redirect('/metrics/job/A')],
  ['PUT', '/metrics/job/', NOWHERE],
  ['PUT', '/metrics', allow('GET', 'OPTIONS')],
  ['HEAD', '/metrics', allow('GET', 'OPTIONS')],
  ['OPTIONS', '/metrics', allow('GET', 'OPTIONS')],
  ['GET', '/metrics/job/a', allow('DELETE', 'OPTIONS', 'POST', 'PUT')],
  ['SOURCE', '/-/quit', allow('OPTIONS', 'PUT')],
  ['GET', '/nowhere', NOWHERE],
  ['OPTIONS', '/nowhere', NOWHERE],
  ['GET', '*', NOWHERE],
  ['PATCH', '/any', found()],
  ['GET', '/any/', NOWHERE],
  ['GET', '/ANY', NOWHERE],
];

for (const [method, path, routed] of ROWS) {
  t.test(`${method} ${path}`, async (t) => {
    t.same(router.find(method, path), routed);
  });
}
