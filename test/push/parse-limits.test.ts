import { gzipSync } from 'node:zlib';
import t from 'tap';
import { ProtobufWriter } from '../../src/metrics/protobuf/protobuf-writer.js';
import { PROTOBUF_CONTENT_TYPE } from '../../src/metrics/protobuf/write-protobuf.js';
import { snappyStream } from '../helpers/push/snappy-stream.js';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

const lines = (count: number, line: (index: number) => string): Buffer =>
  Buffer.from(Array.from({ length: count }, (_none, index) => `${line(index)}\n`).join(''));

/** A family of that type with one metric, which holds `metric`. */
function family(type: number, ...metrics: readonly Uint8Array[]): Buffer {
  const out = new ProtobufWriter().text(1, 'm').uint(3, type);
  for (const metric of metrics) out.message(4, metric);
  return new ProtobufWriter().delimited(out.bytes()).bytes();
}

/** `count` fields, each an empty message. */
function empty(field: number, count: number): Buffer {
  const out = new ProtobufWriter();
  for (let index = 0; index < count; index++) out.message(field, new Uint8Array());
  return out.bytes();
}

const histogram = (bytes: Uint8Array): Buffer => new ProtobufWriter().message(7, bytes).bytes();
const names = (count: number): string => Array.from({ length: count }, (_none, index) => `l${index}="v"`).join(',');

const COUNTER = 0;
const GAUGE = 1;
const SUMMARY = 2;
const HISTOGRAM = 4;

const TEXT: readonly (readonly [name: string, body: Buffer, text: RegExp])[] = [
  ['one series again and again', lines(3000, () => 'm 1'), /more series than --push.max-series=2000 allows/],
  ['names of one series each', lines(1500, (index) => `m${index} 1`), /more than 1000 names/],
  ['HELP alone', lines(1500, (index) => `# HELP m${index} h`), /more than 1000 names/],
  ['TYPE alone', lines(1500, (index) => `# TYPE m${index} counter`), /more than 1000 names/],
  ['label names of one series', Buffer.from(`m{${names(1001)}} 1\n`), /a series has more than 1000 labels/],
  ['a name', Buffer.from(`${'m'.repeat(4097)} 1\n`), /a name has more than 4096 characters/],
  ['a name with HELP alone', Buffer.from(`# HELP ${'m'.repeat(4097)} h\n`), /a name has more than 4096 characters/],
  ['a name of a label', Buffer.from(`m{${'l'.repeat(4097)}=""} 1\n`), /a name has more than 4096 characters/],
  ['labels of all series', lines(21, () => `m{${names(1000)}} 1`), /more than 20000 labels/],
  [
    'buckets',
    Buffer.concat([Buffer.from('# TYPE m histogram\n'), lines(2000, (index) => `m_bucket{le="${index}"} 1`)]),
    /more series/,
  ],
  [
    'histograms',
    Buffer.concat([Buffer.from('# TYPE m histogram\n'), lines(1001, (index) => `m_sum{l="${index}"} 1`)]),
    /more series/,
  ],
];

const PROTOBUF: readonly (readonly [name: string, body: Buffer, text: RegExp, status?: number])[] = [
  ['metrics without anything', family(GAUGE, ...Array<Buffer>(2001).fill(Buffer.alloc(0))), /more series/],
  ['labels without anything', family(GAUGE, empty(1, 300_000)), /has a label with an invalid name/, 400],
  ['families of one name', Buffer.alloc(4 * 1001, Buffer.from([3, 0x0a, 1, 0x61])), /more than 1000 names/],
  ['buckets', family(HISTOGRAM, histogram(empty(3, 2001))), /more series/],
  ['spans', family(HISTOGRAM, histogram(empty(9, 2001))), /more than 2000 spans and exemplars/],
  [
    'packed deltas',
    family(HISTOGRAM, histogram(new ProtobufWriter().message(10, Buffer.alloc(2001)).bytes())),
    /series/,
  ],
  [
    'packed counts',
    family(HISTOGRAM, histogram(new ProtobufWriter().message(11, Buffer.alloc(8 * 2001)).bytes())),
    /series/,
  ],
  ['exemplars', family(HISTOGRAM, histogram(empty(16, 2001))), /more than 2000 spans and exemplars/],
  [
    'labels of an exemplar',
    family(COUNTER, new ProtobufWriter().message(3, new ProtobufWriter().message(2, empty(1, 2001)).bytes()).bytes()),
    /exemplars/,
  ],
  ['quantiles', family(SUMMARY, new ProtobufWriter().message(4, empty(3, 2001)).bytes()), /more series/],
];

t.test('a push that holds too much is refused before it takes memory', async (t) => {
  const gateway = await startTestPushgateway(['--push.max-series=2000']);
  t.teardown(() => gateway.stop(1));
  const push = (body: Buffer, headers: Readonly<Record<string, string>>) =>
    gateway.send('PUT', '/metrics/job/hostile', { body, headers });
  const codings = [
    ['as it is', (body: Buffer) => body, {}],
    ['gzip', (body: Buffer) => gzipSync(body), { 'Content-Encoding': 'gzip' }],
    ['snappy', snappyStream, { 'Content-Encoding': 'snappy' }],
  ] as const;
  for (const [coding, pack, headers] of codings) {
    for (const [name, body, text] of TEXT) {
      t.match(await push(pack(body), headers), { status: 413, text }, `text, ${name}, ${coding}`);
    }
    for (const [name, body, text, status = 413] of PROTOBUF) {
      const answer = await push(pack(body), { ...headers, 'Content-Type': PROTOBUF_CONTENT_TYPE });
      t.match(answer, { status, text }, `protobuf, ${name}, ${coding}`);
    }
  }
  t.strictSame(
    (await gateway.pushedLines()).filter((line) => !line.startsWith('push_')),
    [],
    'nothing of them is there',
  );
});

t.test('groups take no more memory than there is for them', async (t) => {
  const gateway = await startTestPushgateway(['--push.max-body-bytes=3000000'], { heapBytes: 10_000_000 });
  t.teardown(() => gateway.stop(1));
  const push = (job: string, value: string) =>
    gateway.send('PUT', `/metrics/job/${job}`, { body: `m{l="${value}"} 1\n` });
  const large = 'v'.repeat(2_500_000);
  t.match(await push('a', large), { status: 200 });
  t.match(await push('b', large), { status: 200 });
  t.match(await push('c', large), { status: 429, text: /more memory than there is for them/ });
  t.match(await push('c', 'small'), { status: 200 });
  t.match(await push('b', 'small'), { status: 200 }, 'less than before');
  t.match(await push('c', large), { status: 200 }, 'room again');
});

t.test('limits follow the heap', async (t) => {
  const flagsOf = async (heapBytes: number): Promise<unknown> => {
    const gateway = await startTestPushgateway([], { heapBytes });
    const { text } = await gateway.send('GET', '/api/v1/status');
    await gateway.stop(1);
    return (JSON.parse(text) as { data: { flags: unknown } }).data.flags;
  };
  const MIB = 1024 * 1024;
  t.match(await flagsOf(4096 * MIB), {
    'push.max-body-bytes': '33554432',
    'push.max-series': '250000',
    'push.max-total-series': '2000000',
  });
  t.match(await flagsOf(256 * MIB), {
    'push.max-body-bytes': '4194304',
    'push.max-series': '31250',
    'push.max-total-series': '250000',
  });
});
