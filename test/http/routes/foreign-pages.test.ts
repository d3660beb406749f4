import t from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import { HttpServer } from '../../../src/http/listeners/http-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startApp } from '../../helpers/services/start-app.js';
import { startNode } from '../../helpers/services/start-node.js';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';

const EXTERNAL = 'https://mon.example:443/push/';

t.test('who may change something', async (t) => {
  const server = new HttpServer(
    (request, response) => {
      request.resume();
      sendReply(response, { status: 200, body: 'done' });
    },
    { externalUrl: EXTERNAL },
  );
  const address = await server.listen('127.0.0.1:0');
  t.teardown(() => server.stop());
  const own = `http://${address}`;
  const rows: readonly (readonly [name: string, headers: Readonly<Record<string, string>>, isLetIn: boolean])[] = [
    ['no browser', {}, true],
    ['the service’s own page', { 'Sec-Fetch-Site': 'same-origin', Origin: own }, true],
    ['typed by its user', { 'Sec-Fetch-Site': 'none' }, true],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }, false],
    ['of another site, and nobody says which', { 'Sec-Fetch-Site': 'cross-site' }, false],
    ['another port of the same host', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' }, false],
    ['where browsers reach the service', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://mon.example' }, true],
    ['an older browser, own page', { Origin: own }, true],
    ['an older browser, own page, upper case', { Origin: own.toUpperCase() }, true],
    ['an older browser, another page', { Origin: 'http://evil.example' }, false],
    ['an older browser, another port', { Origin: 'http://127.0.0.1:1' }, false],
    ['a page without an origin', { Origin: 'null' }, false],
    ['behind a proxy with TLS', { Origin: 'http://mon.example', Host: 'mon.example' }, true],
    ['behind a proxy, another page', { Origin: 'https://mon.example.evil', Host: 'mon.example' }, false],
    ['a name that leads here', { 'Sec-Fetch-Site': 'same-origin', Origin: own, Host: 'evil.example:9091' }, false],
    ['a name that leads here, an older browser', { Origin: 'http://evil.example', Host: 'evil.example' }, false],
    ['a name that leads here, typed', { 'Sec-Fetch-Site': 'none', Host: 'evil.example.' }, false],
    ['a name that leads here, no browser', { Host: 'evil.example' }, true],
    ['localhost', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:9091', Host: 'localhost:9091' }, true],
    ['a name without a domain', { 'Sec-Fetch-Site': 'same-origin', Host: 'gateway:9091' }, true],
    ['an address of IPv6', { 'Sec-Fetch-Site': 'same-origin', Host: '[::1]:9091' }, true],
    ['an extension of a browser', { Origin: 'moz-extension://x' }, false],
  ];
  for (const [name, headers, isLetIn] of rows) {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await httpGet(address, '/-/reload', { method, headers });
      t.equal(answer.status, isLetIn ? 200 : 403, `${method}: ${name}`);
      if (!isLetIn) t.match(answer.text, /^a page of another site .* --web\.external-url/);
    }
    t.equal((await httpGet(address, '/metrics', { headers })).status, 200, `GET: ${name}`);
  }
});

const FOREIGN = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };

t.test('all three services refuse, and nothing is changed', async (t) => {
  const gateway = await startTestPushgateway(['--web.enable-admin-api', '--web.enable-lifecycle']);
  t.teardown(() => gateway.stop(1));
  const rows: readonly (readonly [method: string, path: string, body?: string])[] = [
    ['POST', '/metrics/job/a', 'x 1\n'],
    ['PUT', '/metrics/job/a', 'x 1\n'],
    ['DELETE', '/metrics/job/kept'],
    ['PUT', '/api/v1/admin/wipe'],
    ['DELETE', '/api/v1/groups?match[]={job="kept"}'],
    ['PUT', '/-/quit'],
  ];
  await gateway.send('PUT', '/metrics/job/kept', { body: 'kept 1\n' });
  for (const [method, path, body] of rows) {
    const headers = { ...FOREIGN, 'Content-Type': 'text/plain' };
    const { status } = await gateway.send(method, path, { headers, ...(body !== undefined && { body }) });
    t.equal(status, 403, `${method} ${path}`);
  }
  t.match(
    (await gateway.pushedLines()).filter((line) => !line.startsWith('push_')),
    ['# TYPE kept untyped', 'kept{instance="",job="kept"} 1'],
  );
  const preflight = await gateway.send('OPTIONS', '/api/v1/groups', { headers: FOREIGN });
  t.match(preflight, { status: 200, headers: { 'access-control-allow-methods': 'GET, OPTIONS' } });
  const read = await gateway.send('GET', '/api/v1/metrics', { headers: FOREIGN });
  t.match(
    read,
    { status: 200, headers: { 'access-control-allow-origin': '*' } },
    'to be read by every page, as upstream',
  );
});

t.test('the other two services refuse as well', async (t) => {
  const app = await startApp({});
  t.teardown(() => app.stop(1));
  const node = await startNode([]);
  t.teardown(() => node.stop(1));
  t.equal((await httpGet(app.address, '/-/reload', { method: 'POST', headers: FOREIGN })).status, 403);
  t.not((await httpGet(app.address, '/-/reload', { method: 'POST' })).status, 403);
  t.equal((await node.get('/metrics', { method: 'POST', headers: FOREIGN })).status, 403);
});
