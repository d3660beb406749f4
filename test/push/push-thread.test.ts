import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { REPOSITORY } from '../helpers/peer.js';
import { startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';
import { until } from '../helpers/until.js';

const series = (count: number): string =>
  Array.from({ length: count }, (_none, index) => `x{n="${index}"} 1\n`).join('');

t.test('answers are those of a pushgateway in one thread', async (t) => {
  const gateway = await startTestPushgateway(['--push.max-body-bytes=3000000', '--web.enable-lifecycle'], {
    inThread: true,
  });
  const push = (job: string, body: string | Buffer, headers = {}) =>
    gateway.send('PUT', `/metrics/job/${job}`, { body, headers });
  t.match(await push('small', 'small 1\n'), { status: 200, text: '' });
  t.match(await push('large', series(20_000)), { status: 200, text: '' }, 'a body that is asked for');
  t.match(await push('chunked', series(20_000), { 'Transfer-Encoding': 'chunked' }), { status: 200 });
  t.match(await push('gzip', gzipSync(series(100)), { 'Content-Encoding': 'gzip' }), { status: 200 });
  t.match(await push('bad', 'bad'), { status: 400, text: /line 1/ });
  t.match(await push('over', Buffer.alloc(3_000_001, '\n')), { status: 413 });
  t.match(await gateway.send('POST', '/nowhere', { body: series(20_000) }), { status: 404 }, 'a body nobody wants');
  t.match(await gateway.send('GET', '/-/healthy'), { status: 200, text: 'OK' });
  t.match(await gateway.send('GET', '/-/ready'), { status: 200, text: 'OK' });
  t.match(await gateway.send('GET', '/'), { status: 200, text: /job/ });
  const lines = await gateway.pushedLines();
  t.equal(lines.filter((line) => line.startsWith('x{')).length, 40_100);
  const { text } = await gateway.send('GET', '/metrics');
  t.match(text, /^pushgateway_http_requests_total\{code="200",handler="healthy",method="get"\} 1$/m);
  t.match(text, /^pushgateway_http_requests_total\{code="200",handler="ready",method="get"\} 1$/m);
  t.match(text, /^nodejs_version_info\{/m, 'what only the main thread knows');
  t.match(JSON.parse((await gateway.send('GET', '/api/v1/metrics')).text), { status: 'success' });
  t.match(await gateway.send('PUT', '/-/quit'), { status: 200 });
  await gateway.quit;
});

t.test('a client that leaves, and one that waits', async (t) => {
  const gateway = await startTestPushgateway([], { inThread: true });
  t.teardown(() => gateway.stop(1));
  await gateway.send('PUT', '/metrics/job/a', { body: series(50_000) });
  const url = `http://${gateway.address}/api/v1/metrics`;
  for (let index = 0; index < 5; index++) {
    await new Promise<void>((resolve) => {
      const leaving = request(url, (response) => {
        response.once('data', () => {
          leaving.destroy();
          resolve();
        });
      });
      leaving.on('error', () => undefined).end();
    });
  }
  const { text } = await gateway.send('GET', '/api/v1/metrics');
  t.equal((JSON.parse(text) as { data: unknown[] }).data.length, 1, 'whole, through a window that fills');
});

t.test('others need not wait for a large push', async (t) => {
  const gateway = await startTestPushgateway([], { inThread: true });
  t.teardown(() => gateway.stop(1));
  await gateway.send('PUT', '/metrics/job/small', { body: 'small 1\n' });
  const honest = series(20_000);
  const rows: readonly (readonly [name: string, ask: () => Promise<unknown>])[] = [
    ['health', () => gateway.send('GET', '/-/healthy')],
    ['readiness', () => gateway.send('GET', '/-/ready')],
    ['a small push', () => gateway.send('PUT', '/metrics/job/small', { body: 'small 2\n' })],
    ['an aggregation', () => gateway.send('POST', '/metrics/job/small?aggregate=sum', { body: 'small 2\n' })],
    ['a page', () => gateway.send('GET', '/status')],
    ['a deletion', () => gateway.send('DELETE', '/metrics/job/small')],
  ];
  for (const [index, [name, ask]] of rows.entries()) {
    // Another group each time, so that nothing of what is pushed is there yet.
    const pushed = gateway
      .send('PUT', `/metrics/job/large/row/${index}`, { body: honest })
      .then(() => 'the large push');
    t.equal(await Promise.race([pushed, ask().then(() => name)]), name);
    await pushed;
    await gateway.send('DELETE', `/metrics/job/large/row/${index}`);
  }
});

t.test('others need not wait for all large pushes of one address', async (t) => {
  const gateway = await startTestPushgateway([], { inThread: true });
  t.teardown(() => gateway.stop(1));
  const bomb = gzipSync('#\n'.repeat(3_000_000));
  const packed = { 'Content-Encoding': 'gzip' };
  const rows: readonly (readonly [name: string, body: Buffer, localAddress: string])[] = [
    ['a small packed push', gzipSync('small 1\n'), '127.0.0.1'],
    ['a large packed push of another address', gzipSync(series(5_000)), '127.0.0.2'],
  ];
  for (const [name, body, localAddress] of rows) {
    const bombs = Array.from({ length: 6 }, (_none, index) =>
      gateway.send('PUT', `/metrics/job/bomb${index}`, { body: bomb, headers: packed }),
    );
    // The first has its turn.
    await bombs[0];
    const all = Promise.all(bombs).then(() => 'all bombs');
    const other = gateway
      .send('PUT', '/metrics/job/other', { body, headers: packed, localAddress })
      .then(({ status }) => `${status}: ${name}`);
    t.equal(await Promise.race([all, other]), `200: ${name}`);
    await all;
  }
});

t.test('a push that fills the heap ends its thread only, and what was kept is there again', async (t) => {
  const service = await startChildService({
    command: process.execPath,
    args: [
      `${REPOSITORY}/bin/sonde`,
      'pushgateway',
      '--web.listen-address=127.0.0.1:0',
      `--persistence.file=${t.testdir()}/store`,
      '--push.max-series=1000000000',
      '--push.max-body-bytes=32000000',
    ],
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
    ready: /Listening on" address=(\S+)/,
  });
  t.teardown(() => service.stop());
  const send = (method: string, path: string, body?: string) =>
    httpGet(service.address, path, { method, ...(body !== undefined && { body }) });
  t.match(await send('PUT', '/metrics/job/kept', 'kept 1\n'), { status: 200 });
  const names = Array.from({ length: 2_000_000 }, (_none, index) => `m${index} 1\n`);
  t.match(await send('PUT', '/metrics/job/hostile', names.join('')), {
    status: 503,
    text: /starting again/,
  });
  t.match(await send('GET', '/-/healthy'), { status: 200 }, 'meanwhile');
  await until(async () => (await send('GET', '/-/ready')).status === 200, 'the service is ready again');
  t.match((await send('GET', '/metrics')).text, /^kept\{instance="",job="kept"\} 1$/m);
});

t.test('the heap of the thread has metrics of its own', async (t) => {
  const gateway = await startTestPushgateway([], { inThread: true });
  t.teardown(() => gateway.stop(0));
  const used = async (name: string): Promise<number> => {
    const { text } = await gateway.send('GET', '/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const before = await used('sonde_pushgateway_heap_used_bytes');
  t.ok(before > 0);
  t.ok((await used('sonde_pushgateway_heap_limit_bytes')) > before);
  t.not(await used('nodejs_heap_size_used_bytes'), before);
});
