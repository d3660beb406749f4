import t from 'tap';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { delimitedProtobufPieces, writeDelimitedProtobuf } from '../../../src/metrics/protobuf/write-protobuf.js';

/** The bytes as client_golang writes them for the same families. */
const hex = (...parts: string[]): string => parts.join('').replaceAll(' ', '');
const text = (value: string): string => Buffer.from(value).toString('hex');
const double = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('hex');
};

const rows: readonly (readonly [name: string, family: MetricFamily, hex: string])[] = [
  [
    'a gauge without labels',
    { name: 'up', help: 'Up', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 1.5 }] },
    hex('17', '0a 02', text('up'), '12 02', text('Up'), '18 01', '22 0b', '12 09 09', double(1.5)),
  ],
  [
    'a counter with a label and a timestamp',
    {
      name: 'c_total',
      type: 'counter',
      samples: [{ kind: 'value', labels: [{ name: 'a', value: 'ä' }], value: 3, timestampMs: -1 }],
    },
    hex(
      ...['2c', '0a 07', text('c_total'), '18 00', '22 1f'],
      ...['0a 07 0a 01', text('a'), '12 02', text('ä'), '1a 09 09', double(3)],
      '30 ffffffffffffffffff01',
    ),
  ],
  [
    'a histogram',
    {
      name: 'h',
      type: 'histogram',
      samples: [
        {
          kind: 'histogram',
          labels: [],
          sum: 2,
          count: 300,
          buckets: [{ upperBound: Infinity, cumulativeCount: 300 }],
        },
      ],
    },
    hex(
      ...['23', '0a 01', text('h'), '18 04', '22 1c', '3a 1a'],
      ...['08 ac02', '11', double(2), '1a 0c', '08 ac02', '11', double(Infinity)],
    ),
  ],
  [
    'a summary',
    {
      name: 's',
      type: 'summary',
      samples: [{ kind: 'summary', labels: [], sum: 2, count: 1, quantiles: [{ quantile: 0.5, value: 2 }] }],
    },
    hex(
      ...['28', '0a 01', text('s'), '18 02', '22 21', '22 1f'],
      ...['08 01', '11', double(2), '1a 12', '09', double(0.5), '11', double(2)],
    ),
  ],
];

for (const [name, family, expected] of rows) {
  t.test(name, async (t) => {
    t.equal(writeDelimitedProtobuf([family]).toString('hex'), expected);
  });
}

t.test('families follow one another', async (t) => {
  const family: MetricFamily = { name: 'u', type: 'untyped', samples: [] };
  t.equal(writeDelimitedProtobuf([family, family]).toString('hex'), '050a01751803050a01751803');
});

t.test('samples with many buckets are pieces of their own', (t) => {
  const family: MetricFamily = { name: 'h', type: 'histogram', samples: [] };
  const buckets = Array.from({ length: 2000 }, (_, upperBound) => ({ upperBound, cumulativeCount: 1 }));
  const sample = { kind: 'histogram', labels: [], sum: 1, count: 1, buckets } as const;
  const pieces = [...delimitedProtobufPieces(family, [sample, sample, sample], 'allow-utf-8')];
  t.ok(pieces.length >= 4, `${pieces.length} pieces`);
  t.end();
});
