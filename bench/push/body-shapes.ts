import { gzipSync } from 'node:zlib';
import type { MetricFamily, Sample } from '../../src/metrics/metric-family.js';
import { PROTOBUF_CONTENT_TYPE, writeDelimitedProtobuf } from '../../src/metrics/protobuf/write-protobuf.js';
import { snappyStream } from '../../test/helpers/push/snappy-stream.js';

/** A body as it is sent, and what it weighs unpacked. */
export interface MadeBody {
  readonly bytes: Buffer;
  readonly unpackedBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lines until the body is full, or so many. */
function lines(size: number, line: (index: number) => string, most = Infinity): Buffer {
  const body = Buffer.allocUnsafe(size);
  let length = 0;
  for (let index = 0; index < most; index++) {
    const text = `${line(index)}\n`;
    if (length + text.length > size) break;
    length += body.write(text, length, 'latin1');
  }
  return body.subarray(0, length);
}

const honest = (size: number): Buffer =>
  lines(size, (index) => `r{host="host-${index}",path="/a/${index % 100}",code="200"} ${index * 1.5}`);

/** Series with values that are as long as makes the body full within the limit of series. */
const long = (size: number): Buffer => {
  const value = 'v'.repeat(Math.ceil(size / 200_000));
  return lines(size, (index) => `r{host="host-${index}",text="${value}"} ${index}`);
};

/** Ten buckets, a sum and a count make one. */
const histogramLine = (index: number): string => {
  const [host, part] = [`host="host-${Math.floor(index / 12)}"`, index % 12];
  if (part === 10) return `h_sum{${host}} ${index}`;
  return part === 11 ? `h_count{${host}} 10` : `h_bucket{${host},le="${part}"} ${part}`;
};

const labels = (count: number, prefix: string): string =>
  Array.from({ length: count }, (_none, index) => `${prefix}${index}="v"`).join(',');

function protobuf(size: number): Buffer {
  const samples = Array.from({ length: Math.floor(size / 140) }, (_none, index): Sample => {
    const own = { host: `host-${index}`, path: `/a/${index % 100}`, text: 'x'.repeat(80) };
    return { kind: 'value', labels: Object.entries(own).map(([name, value]) => ({ name, value })), value: index };
  });
  const family: MetricFamily = { name: 'r', type: 'gauge', samples };
  return writeDelimitedProtobuf([family]);
}

const text = (bytes: Buffer): MadeBody => ({ bytes, unpackedBytes: bytes.length, headers: {} });

/** Bodies of about so many bytes, unpacked. */
export const BODY_SHAPES: Readonly<Record<string, (size: number) => MadeBody>> = {
  'series of 3 labels': (size) => text(honest(size)),
  'series with long values': (size) => text(long(size)),
  'unique names': (size) => text(lines(size, (index) => `m${index} 1`)),
  'one series, very many labels': (size) => text(lines(size, () => `m{${labels(size / 12, 'l')}} 1`, 1)),
  '900 labels a series': (size) => text(lines(size, (index) => `m{${labels(900, `l${index}_`)}} 1`)),
  'histograms of 10 buckets': (size) =>
    text(Buffer.concat([Buffer.from('# TYPE h histogram\n'), lines(size - 19, histogramLine)])),
  '`m 1` repeated': (size) => text(lines(size, () => 'm 1')),
  'one long value': (size) => text(Buffer.from(`m{l="${'v'.repeat(size - 100)}"} 1\n`)),
  'gzip, protobuf': (size) => {
    const plain = protobuf(size);
    const headers = { 'Content-Type': PROTOBUF_CONTENT_TYPE, 'Content-Encoding': 'gzip' };
    return { bytes: gzipSync(plain, { level: 1 }), unpackedBytes: plain.length, headers };
  },
  'snappy, text': (size) => {
    const plain = honest(size);
    return { bytes: snappyStream(plain), unpackedBytes: plain.length, headers: { 'Content-Encoding': 'snappy' } };
  },
};
