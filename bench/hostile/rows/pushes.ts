import { gzipSync } from 'node:zlib';
import { PROTOBUF_CONTENT_TYPE } from '../../../src/metrics/protobuf/write-protobuf.js';
import { snappyStream } from '../../../test/helpers/push/snappy-stream.js';
import { httpGet } from '../../../test/helpers/services/http-get.js';
import type { ClientRow } from '../hostile-row.js';

/** What a body may weigh by default, less a little. */
const BODY_BYTES = 33_500_000;

const COUNTER = 0;
const GAUGE = 1;
const SUMMARY = 2;
const HISTOGRAM = 4;

/** Lines until the body is full, or so many. */
function lines(line: (index: number) => string, most = Infinity): Buffer {
  const body = Buffer.allocUnsafe(BODY_BYTES);
  let length = 0;
  for (let index = 0; index < most; index++) {
    const text = `${line(index)}\n`;
    if (length + text.length > body.length) break;
    length += body.write(text, length, 'latin1');
  }
  return body.subarray(0, length);
}

/** One piece, repeated. */
function repeated(bytes: string | readonly number[], length = BODY_BYTES): Buffer {
  const unit = Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return Buffer.alloc(length - (length % unit.length), unit);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/** A family `m` of a type, behind its length. */
function family(type: number, metrics: Buffer): Buffer {
  const message = Buffer.concat([field(1, Buffer.from('m')), Buffer.from([0x18, type]), metrics]);
  return Buffer.concat([varint(message.length), message]);
}

/** A family with one metric. */
function metric(type: number, content: Buffer): Buffer {
  return family(type, field(4, content));
}

const manyLabels = (count: number, prefix = 'l'): string =>
  Array.from({ length: count }, (_none, index) => `${prefix}${index}="v"`).join(',');

const TEXT: Readonly<Record<string, () => Buffer>> = {
  'push 240,000 names': () => lines((index) => `metric_${index} 1`, 240_000),
  'push unique names': () => lines((index) => `m${index} 1`),
  'push HELP alone': () => lines((index) => `# HELP m${index} h`),
  'push TYPE alone': () => lines((index) => `# TYPE m${index} counter`),
  'push 100,000 label names': () => lines(() => `m{${manyLabels(100_000)}} 1`, 1),
  'push 900 label names a series': () => lines((index) => `m{${manyLabels(900, `l${index}_`)}} 1`),
  'push one series again and again': () => repeated('m 1\n'),
  'push buckets': () => lines((index) => (index === 0 ? '# TYPE m histogram' : `m_bucket{le="${index}"} 1`)),
  'push histograms': () => lines((index) => (index === 0 ? '# TYPE m histogram' : `m_sum{l="${index}"} 1`)),
  'push comments': () => repeated('#\n'),
  'push empty lines': () => repeated('\n'),
  'push one long value': () => Buffer.from(`m{l="${'v'.repeat(BODY_BYTES - 100)}"} 1\n`),
  'push one long value of escapes': () => Buffer.from(`m{l="${'\\n'.repeat(BODY_BYTES / 2 - 100)}"} 1\n`),
  'push 200,000 honest series': () =>
    lines((index) => `r{instance="host-${index}",path="/a/${index % 100}",code="200"} ${index * 1.5}`, 200_000),
};

const PROTOBUF: Readonly<Record<string, () => Buffer>> = {
  'push empty label pairs': () => metric(GAUGE, repeated([0x0a, 0])),
  'push empty metrics': () => family(GAUGE, repeated([0x22, 0])),
  'push empty families': () => repeated([3, 0x0a, 1, 0x61]),
  'push empty buckets': () => metric(HISTOGRAM, field(7, repeated([0x1a, 0]))),
  'push empty spans': () => metric(HISTOGRAM, field(7, repeated([0x62, 0]))),
  'push deltas': () => metric(HISTOGRAM, field(7, field(13, repeated([0])))),
  'push empty exemplars': () => metric(HISTOGRAM, field(7, repeated([0x82, 1, 0]))),
  'push empty quantiles': () => metric(SUMMARY, field(4, repeated([0x1a, 0]))),
  'push empty values of one metric': () => metric(COUNTER, repeated([0x1a, 0])),
  'push unknown fields': () => family(GAUGE, repeated([0x30, 0])),
};

const CODINGS: readonly (readonly [suffix: string, coding: string | undefined, pack: (body: Buffer) => Buffer])[] = [
  ['', undefined, (body) => body],
  [', gzip', 'gzip', (body) => gzipSync(body, { level: 1 })],
  [', snappy', 'snappy', (body) => snappyStream(body, 1000)],
];

/** The pushes at once of a row are of one body, made for the first of them. */
let made: { readonly name: string; readonly body: Buffer } | undefined;

function row(name: string, make: () => Buffer, headers: Readonly<Record<string, string>>): ClientRow {
  return {
    kind: 'client',
    service: 'pushgateway',
    name,
    group: 'push',
    attack: async (address) => {
      if (made?.name !== name) made = { name, body: make() };
      const outcome = await push(address, headers, made.body);
      await httpGet(address, '/metrics/job/hostile', { method: 'DELETE' });
      return outcome;
    },
  };
}

/** The status, or how the connection ended: a server need not read all of a body that it refuses. */
async function push(address: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<string> {
  try {
    return String((await httpGet(address, '/metrics/job/hostile', { method: 'PUT', headers, body })).status);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE' || code === 'ECONNRESET') return `cut off (${code})`;
    throw error;
  }
}

function rowsOf(bodies: Readonly<Record<string, () => Buffer>>, contentType: string): readonly ClientRow[] {
  return Object.entries(bodies).flatMap(([name, make]) =>
    CODINGS.map(([suffix, coding, pack]) => {
      const headers = { 'Content-Type': contentType, ...(coding !== undefined && { 'Content-Encoding': coding }) };
      return row(name + suffix, () => pack(make()), headers);
    }),
  );
}

/** Bodies that are small on the wire or within their limit, and large in memory or work. */
export const PUSHES: readonly ClientRow[] = [...rowsOf(TEXT, 'text/plain'), ...rowsOf(PROTOBUF, PROTOBUF_CONTENT_TYPE)];
