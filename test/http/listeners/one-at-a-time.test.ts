import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import t, { type Test } from 'tap';
import { MOST_PASSED_OVER, MOST_WAITING_REQUESTS, oneAtATime } from '../../../src/http/listeners/one-at-a-time.js';
import { LoopTurns } from '../../../src/values/loop-turns.js';
import { until } from '../../helpers/until.js';

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

/** A server that leaves its answers to the test; `begun` has what it was asked for so far. */
async function start(t: Test) {
  const begun: string[] = [];
  const open: ServerResponse[] = [];
  const server = createServer(
    oneAtATime((request, response) => {
      begun.push(request.url ?? '');
      open.push(response);
      server.emit('begun');
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  // A listening server has the address of its socket.
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => client.destroy());
  return { begun, open, server, client };
}

t.test('requests sent ahead wait for the answers of those before', async (t) => {
  const { begun, open, server, client } = await start(t);
  let received = '';
  client.on('data', (bytes) => (received += bytes.toString('latin1')));
  const begins = once(server, 'begun');
  client.write(ask('/1') + ask('/2') + ask('/3'));
  await begins;
  for (const path of ['/1', '/2', '/3']) {
    t.equal(begun.at(-1), path);
    const next = path === '/3' ? undefined : once(server, 'begun');
    open.at(-1)?.end(path);
    await next;
  }
  while (!received.endsWith('/3')) await once(client, 'data');
  t.same(begun, ['/1', '/2', '/3']);
  t.ok(received.indexOf('/1') < received.indexOf('/2'));
});

t.test('answers that are made at once give way when their turn is over', async (t) => {
  let now = 0;
  const deferred: (() => void)[] = [];
  const turns = new LoopTurns({
    nowMs: () => now,
    defer: (callback) => deferred.push(callback),
  });
  const begun: string[] = [];
  const server = createServer(
    oneAtATime((request, response) => {
      begun.push(request.url ?? '');
      turns.isOver();
      now += 1;
      response.end('x');
    }, turns),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => client.destroy());
  client.resume();
  client.write(['/1', '/2', '/3', '/4'].map(ask).join(''));
  await until(() => begun.length === 2, 'the first turn is over');
  for (let round = 0; round < 10; round++) await new Promise(setImmediate);
  t.same(begun, ['/1', '/2'], 'a turn has 2 ms, and each answer takes one');
  for (const callback of deferred.splice(0)) callback();
  await until(() => begun.length === 4, 'the next turn is over');
});

t.test('a connection that asks for more ahead than is kept gets those answers, and ends', async (t) => {
  const server = createServer(oneAtATime((request, response) => response.end(`${request.url ?? ''};`)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  // A listening server has the address of its socket.
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  client.on('data', (bytes) => (received += bytes.toString('latin1')));
  const paths = Array.from({ length: 500 }, (_unused, index) => `/${index}`);
  client.write(paths.map(ask).join(''));
  await once(client, 'close');
  const answered = paths.filter((path) => received.includes(`${path};`));
  t.same(answered, paths.slice(0, MOST_WAITING_REQUESTS + 1));
});

t.test('a connection that asks for far too much ahead is cut, and has begun one request', async (t) => {
  const { begun, client } = await start(t);
  const closed = once(client, 'close');
  client.on('error', () => undefined);
  client.write(ask('/').repeat(MOST_WAITING_REQUESTS + MOST_PASSED_OVER + 2));
  await closed;
  t.same(begun, ['/']);
});

t.test('what waits behind a connection that closes is not begun', async (t) => {
  const { begun, open, server, client } = await start(t);
  const begins = once(server, 'begun');
  client.write(ask('/1') + ask('/2'));
  await begins;
  const closed = once(client.resume(), 'close');
  const [response] = open;
  if (response !== undefined) response.shouldKeepAlive = false;
  response?.end();
  await closed;
  t.same(begun, ['/1']);
});
