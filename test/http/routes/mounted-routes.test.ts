import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import type { Route } from '../../../src/http/exchange.js';
import { mountedRoutes } from '../../../src/http/routes/mounted-routes.js';
import type { RouteHandler } from '../../../src/http/routes/router.js';
import { ServiceLog } from '../../../src/log/service-log.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { httpGet } from '../../helpers/services/http-get.js';

const ROOT = { prefix: '/', externalUrl: 'http://ex' };
const BELOW = { prefix: '/a/b/', externalUrl: 'http://ex/a/b' };

const names: Route = ({ request, response, query }) => {
  sendReply(response, { status: 200, body: `${request.method ?? ''} probe ${query}` });
};
const pages: RouteHandler = ({ request, response, query }, rest) => {
  sendReply(response, { status: 200, body: `${request.method ?? ''} page ${rest} ${query}` });
};

/** A server with the route `/probe` and pages; resolves to its address. */
async function serve(t: Test, mount: typeof ROOT): Promise<string> {
  const log = new ServiceLog({
    level: 'error',
    format: 'logfmt',
    clock: new ManualClock(),
    write: (line) => t.fail(line),
  });
  const metrics = { internalError: () => t.fail('no bug is expected') };
  const server = createServer(mountedRoutes({ mount, routes: new Map([['/probe', names]]), pages, log, metrics }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
}

type Answer = string | readonly [status: number, location: string] | 404 | 400;

const GET_ROWS: readonly (readonly [mount: typeof ROOT, url: string, answer: Answer])[] = [
  [ROOT, '/', 'GET page  '],
  [ROOT, '/probe?target=a//b/../c', 'GET probe target=a//b/../c'],
  [ROOT, '/probe?', 'GET probe '],
  [ROOT, '/%70robe', 'GET probe '],
  [ROOT, '/-/healthy?x', 'GET page -/healthy x'],
  [ROOT, '/probe/', 'GET page probe/ '],
  [ROOT, '/PROBE', 'GET page PROBE '],
  [ROOT, '/.well-known', 'GET page .well-known '],
  [ROOT, '//probe?x=1', [307, '/probe?x=1']],
  [ROOT, '/a/../probe', [307, '/probe']],
  [ROOT, '/./probe/.', [307, '/probe']],
  [ROOT, '/../../x', [307, '/x']],
  [ROOT, '/%2e%2e/x', [307, '/x']],
  [ROOT, '//%C3%A4', [307, '/%C3%A4']],
  [ROOT, '/%zz', 400],
  [ROOT, '*', 404],
  [ROOT, 'http://proxy.example/probe?x=1', 'GET probe x=1'],
  [BELOW, '/', [302, 'http://ex/a/b']],
  [BELOW, '/a/b', [301, '/a/b/']],
  [BELOW, '/a/b?x=1', [301, '/a/b/?x=1']],
  [BELOW, '/a/b/', 'GET page  '],
  [BELOW, '/a/b/probe?x', 'GET probe x'],
  [BELOW, '/a/b//probe', [307, '/a/b/probe']],
  [BELOW, '/probe', 404],
  [BELOW, '/a', 404],
  [BELOW, '/a/bc', 404],
];

for (const mount of [ROOT, BELOW]) {
  t.test(`below ${mount.prefix}`, async (t) => {
    const address = await serve(t, mount);
    for (const [, url, expected] of GET_ROWS.filter(([of]) => of === mount)) {
      const { status, headers, text } = await httpGet(address, url);
      const answer =
        status === 200 ? text : headers.location === undefined ? status : ([status, headers.location] as const);
      t.same(answer, expected, url);
    }
  });
}

t.test('any method reaches a route; only GET and HEAD get the page of a redirect', async (t) => {
  const address = await serve(t, ROOT);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    t.equal((await httpGet(address, '/probe', { method, body: 'unread' })).text, `${method} probe `);
    const { status, headers, text } = await httpGet(address, '//probe', { method });
    t.same([status, headers.location, headers['content-type'], text], [307, '/probe', undefined, ''], method);
  }
  t.equal((await httpGet(address, '//probe', { method: 'HEAD' })).headers['content-type'], 'text/html; charset=utf-8');
  t.equal((await httpGet(address, '//probe')).text, '<a href="/probe">Temporary Redirect</a>.\n\n');
});
