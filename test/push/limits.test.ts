import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

const series = (count: number): string =>
  Array.from({ length: count }, (_none, index) => `x{n="${index}"} 1\n`).join('');

t.test('limits', async (t) => {
  const gateway = await startTestPushgateway([
    '--push.max-body-bytes=100000',
    '--push.max-series=1000',
    '--push.max-total-series=2000',
  ]);
  t.teardown(() => gateway.stop(1));
  const push = (job: string, body: string | Buffer, headers = {}) =>
    gateway.send('PUT', `/metrics/job/${job}`, { body, headers });
  const big = Buffer.alloc(100_001, '\n');
  const bomb = gzipSync(Buffer.alloc(50_000_000, '\n'));
  t.match(await push('a', big), { status: 413, text: /larger than --push.max-body-bytes=100000 allows/ });
  t.match(await push('a', big, { 'Transfer-Encoding': 'chunked' }), { status: 413 }, 'of unknown length');
  t.match(await push('a', bomb, { 'Content-Encoding': 'gzip' }), { status: 413 }, 'unpacked');
  t.match(await push('a', series(1001)), { status: 413, text: /more series than --push.max-series=1000 allows/ });
  t.match(await push('a', series(1000)), { status: 200 });
  t.match(await push('b', series(990)), { status: 200 });
  t.match(await push('c', series(5)), { status: 429, text: /--push.max-total-series=2000/ }, 'no room');
  t.match(await push('b', series(980)), { status: 200 }, 'fewer than before');
  t.match(await push('c', series(5)), { status: 200 }, 'room again');
  const text = (await gateway.send('GET', '/metrics')).text;
  t.match(text, /^sonde_pushgateway_pushes_refused_total\{reason="limit"\} 5$/m);
});

t.test('hostile pushes end soon and leave others alone', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const [host = '', port = ''] = gateway.address.split(':');
  const slow = connect(Number(port), host);
  t.teardown(() => slow.destroy());
  await once(slow, 'connect');
  slow.write('PUT /metrics/job/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx 1\n');
  const labels = Array.from({ length: 50_000 }, (_none, index) => `l${index}="v"`).join(',');
  const hostile = [
    `x{${labels}} 1\n`,
    `${'n'.repeat(1_000_000)} 1\n`,
    `x{l="${'v'.repeat(1_000_000)}"} 1\n`,
    'x 1\n'.repeat(50_000),
  ];
  for (const [index, body] of hostile.entries()) {
    const { text } = await gateway.send('PUT', `/metrics/job/hostile${index}`, { body });
    t.ok(text.length < 100_000, `answer ${index} is short`);
  }
  t.equal((await gateway.send('PUT', '/metrics/job/good', { body: 'good 1\n' })).status, 200);
  t.match((await gateway.send('GET', '/metrics')).text, /^good\{instance="",job="good"\} 1$/m);
});
