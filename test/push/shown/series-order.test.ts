import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';

t.test('series of one group and of several stand in the order of upstream', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const push = (path: string, body: string) => gateway.send('PUT', `/metrics/${path}`, { body });
  const series = async (name: string) =>
    (await gateway.pushedLines()).filter((line) => line.startsWith(name)).map((line) => line.replace(/ \S+$/, ''));
  await push(
    'job/j',
    'o{instance="i"} 1\no{b="1"} 1\no{a="0",b="0"} 1\no{z="0"} 1\no 1\no{a="z"} 1\no{a="1",instance="i"} 1\n',
  );
  // The order is that of Pushgateway 1.11.2, here and below.
  t.strictSame(await series('o{'), [
    'o{instance="",job="j"}',
    'o{instance="i",job="j"}',
    'o{instance="",job="j",z="0"}',
    'o{b="1",instance="",job="j"}',
    'o{a="1",instance="i",job="j"}',
    'o{a="z",instance="",job="j"}',
    'o{a="0",b="0",instance="",job="j"}',
  ]);
  await push('job/a/instance/i', 'x 1\n');
  await push('job/a/zone/1', 'x 1\n');
  await push('job/a', 'x 1\n');
  t.strictSame(await series('x{'), [
    'x{instance="",job="a"}',
    'x{instance="i",job="a"}',
    'x{instance="",job="a",zone="1"}',
  ]);
  t.strictSame(await series('push_time_seconds{'), [
    'push_time_seconds{instance="",job="a"}',
    'push_time_seconds{instance="",job="j"}',
    'push_time_seconds{instance="i",job="a"}',
    'push_time_seconds{instance="",job="a",zone="1"}',
  ]);
  await push('job/m1', 'y{code="200"} 1\ny{code="500"} 1\ny 1\n');
  await push('job/m0', 'y{code="200"} 1\ny{code="500"} 1\ny 1\n');
  t.strictSame(await series('y{'), [
    'y{instance="",job="m0"}',
    'y{instance="",job="m1"}',
    'y{code="200",instance="",job="m0"}',
    'y{code="200",instance="",job="m1"}',
    'y{code="500",instance="",job="m0"}',
    'y{code="500",instance="",job="m1"}',
  ]);
  await push('job/m0', 'y{code="300"} 2\n');
  t.strictSame(await series('y{code'), [
    'y{code="200",instance="",job="m1"}',
    'y{code="300",instance="",job="m0"}',
    'y{code="500",instance="",job="m1"}',
  ]);
});

t.test('what follows gzip', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const packed = gzipSync('g 1\n');
  const header = { status: 400, text: 'gzip: invalid header\n' };
  const cut = { status: 400, text: 'unexpected EOF\n' };
  // What Pushgateway 1.11.2 answered.
  const rows: readonly (readonly [name: string, rest: Buffer, answer: object])[] = [
    ['nothing', Buffer.alloc(0), { status: 200 }],
    ['another member', gzipSync('h 1\n'), { status: 200 }],
    ['garbage', Buffer.from('garbage-that-follows'), header],
    ['as much as a header', Buffer.from('1234567890'), header],
    ['less than a header', Buffer.from('x'), cut],
    ['one byte less than a header', Buffer.from('123456789'), cut],
    ['less than a header behind two members', Buffer.concat([packed, Buffer.from('garbage')]), cut],
    ['a header of another method', Buffer.from('\x1f\x8b\x07garbage', 'latin1'), header],
    ['less than a header of another method', Buffer.from('\x1f\x8b\x07', 'latin1'), cut],
    ['zeros', Buffer.alloc(20), header],
    ['few zeros', Buffer.alloc(5), cut],
    ['a header that is cut', packed.subarray(0, 3), cut],
    ['a member that is cut', packed.subarray(0, 12), cut],
  ];
  for (const [name, rest, answer] of rows) {
    const body = Buffer.concat([packed, rest]);
    const headers = { 'Content-Encoding': 'gzip' };
    t.match(await gateway.send('PUT', '/metrics/job/g', { body, headers }), answer, name);
  }
});

t.test('a long text is sent in pieces, packed or not', async (t) => {
  const gateway = await startTestPushgateway();
  t.teardown(() => gateway.stop(1));
  const body = Array.from({ length: 20_000 }, (_none, index) => `x{n="${index}"} 1\n`).join('');
  await gateway.send('PUT', '/metrics/job/a', { body });
  const plain = await gateway.send('GET', '/metrics');
  t.equal(plain.text.match(/^x\{/gm)?.length, 20_000);
  const packed = await gateway.send('GET', '/metrics', { headers: { 'Accept-Encoding': 'gzip' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
  t.equal(gunzipSync(packed.body).toString().match(/^x\{/gm)?.length, 20_000);
});
