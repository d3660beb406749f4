import t from 'tap';
import type { RemoteMetadata, RemoteSample } from '../../../src/metrics/protobuf/remote-sample.js';
import { writeRequest2Steps } from '../../../src/metrics/protobuf/remote-write-2.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { readRemoteWrite2 } from '../../helpers/documents/remote-write-2.js';

const labels = (name: string, own: Readonly<Record<string, string>> = {}) =>
  Object.entries({ __name__: name, ...own }).map(([key, value]) => ({ name: key, value }));

const METADATA = new Map<string, RemoteMetadata>(
  [
    { name: 'up', type: 'gauge', help: 'Is up.' } as const,
    { name: 'took_seconds', type: 'histogram', help: 'How long.', unit: 'seconds' } as const,
    { name: 'plain', type: 'counter', help: '' } as const,
  ].map((told) => [told.name, told]),
);

const written = (samples: readonly RemoteSample[]): Buffer => atOnce(writeRequest2Steps(samples, METADATA));

t.test('the bytes of a request', async (t) => {
  const samples: readonly RemoteSample[] = [
    { labels: labels('up', { a: 'b' }), timestampMs: 1, value: 1 },
    { labels: labels('gone'), timestampMs: 300, value: 'stale' },
  ];
  const symbols = ['2200', '22085f5f6e616d655f5f', '22027570', '220161', '220162', '220649732075702e', '2204676f6e65'];
  const up = '0a0401020304' + '120b' + '09000000000000f03f' + '1001' + '2a04' + '08021805';
  const gone = '0a020106' + '120c' + '09020000000000f07f' + '10ac02';
  const series = [up, gone].map((hex) => `2a${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`);
  t.equal(written(samples).toString('hex'), [...symbols, ...series].join(''));
});

t.test('what is read is what was written', async (t) => {
  const native = {
    ...{ schema: 3, zeroThreshold: 1e-9, zeroCount: 2, negative: { spans: [], counts: [] } },
    positive: { spans: [{ offset: -4, length: 3 }], counts: [5, 1, 4] },
  };
  const { symbols, series } = readRemoteWrite2(
    written([
      {
        labels: labels('took_seconds', { team: 'web' }),
        timestampMs: 1_764_000_000_123,
        value: { count: 12, sum: 1.5, native },
      },
      { labels: labels('took_seconds_sum', { team: 'web' }), timestampMs: 5, value: -1.5 },
      { labels: labels('plain', { team: 'Zürich \u{1f600}' }), timestampMs: 5, value: Infinity },
      { labels: labels('plain_sum'), timestampMs: 5, value: 0 },
    ]),
  );
  t.equal(symbols[0], '', 'the first symbol is empty');
  t.equal(new Set(symbols).size, symbols.length, 'each symbol is there once');
  const took = { type: 3, help: 'How long.', unit: 'seconds' };
  t.strictSame(series, [
    {
      labels: { __name__: 'took_seconds', team: 'web' },
      samples: [],
      histograms: [
        {
          ...{ count: 12, sum: 1.5, schema: 3, zeroThreshold: 1e-9, zeroCount: 2, timestampMs: 1_764_000_000_123 },
          ...{ spans: [{ offset: -4, length: 3 }], deltas: [5, -4, 3] },
        },
      ],
      metadata: took,
    },
    {
      labels: { __name__: 'took_seconds_sum', team: 'web' },
      ...{ samples: [{ value: -1.5, timestampMs: 5 }], histograms: [], metadata: took },
    },
    {
      labels: { __name__: 'plain', team: 'Zürich \u{1f600}' },
      ...{ samples: [{ value: Infinity, timestampMs: 5 }], histograms: [], metadata: { type: 1, help: '', unit: '' } },
    },
    // A counter has no series with endings, so this one is of a family that nothing is known of.
    { labels: { __name__: 'plain_sum' }, samples: [{ value: 0, timestampMs: 5 }], histograms: [] },
  ]);
});

t.test('a request without samples has the empty symbol', async (t) => {
  t.equal(written([]).toString('hex'), '2200');
});
