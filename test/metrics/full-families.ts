import type { MetricFamily } from '../../src/metrics/metric-family.js';

const LABELS = [
  { name: 'a', value: '1' },
  { name: 'b', value: 'ä"\\\n' },
];
const TRACE = {
  labels: [{ name: 'trace_id', value: 'abc' }],
  value: 0.5,
  timestamp: { seconds: 1_700_000_000, nanos: 5 },
};
const CREATED = { seconds: 1_600_000_000, nanos: 999_999_999 };

/** One family of every type, with everything that protobuf carries. */
export const FULL_FAMILIES: readonly MetricFamily[] = [
  {
    name: 'calls_total',
    help: 'Calls, \\ and\nlines',
    type: 'counter',
    unit: 'calls',
    samples: [
      { kind: 'value', labels: LABELS, value: 3, exemplar: TRACE, created: CREATED },
      { kind: 'value', labels: [], value: -0, timestampMs: -1 },
    ],
  },
  {
    name: 'classic_seconds',
    type: 'histogram',
    samples: [
      {
        kind: 'histogram',
        labels: LABELS,
        buckets: [
          { upperBound: 0.1, cumulativeCount: 2, exemplar: TRACE },
          { upperBound: Infinity, cumulativeCount: 2 ** 53 - 1 },
        ],
        sum: -1.5,
        count: 2 ** 53 - 1,
        created: CREATED,
      },
      {
        kind: 'histogram',
        labels: [],
        buckets: [{ upperBound: 1, cumulativeCount: 4 }],
        sum: 4,
        count: 5,
        timestampMs: 7,
      },
    ],
  },
  {
    name: 'float_seconds',
    help: '',
    type: 'gauge_histogram',
    samples: [
      {
        kind: 'histogram',
        labels: [],
        buckets: [{ upperBound: -1, cumulativeCount: 0.25 }],
        sum: 1,
        count: 1.5,
        floatCounts: true,
        native: {
          schema: -4,
          zeroThreshold: 1e-128,
          zeroCount: 0.5,
          negative: { spans: [], counts: [] },
          positive: { spans: [{ offset: 3, length: 2 }], counts: [0.5, 0.25] },
        },
      },
    ],
  },
  {
    name: 'native_seconds',
    type: 'histogram',
    samples: [
      {
        kind: 'histogram',
        labels: [],
        buckets: [],
        sum: 100,
        count: 23,
        native: {
          schema: 3,
          zeroThreshold: 0.001,
          zeroCount: 3,
          negative: { spans: [{ offset: -161, length: 1 }], counts: [5] },
          positive: {
            spans: [
              { offset: -2, length: 2 },
              { offset: 4, length: 1 },
            ],
            counts: [10, 1, 4],
          },
          exemplars: [TRACE, { labels: [], value: 2 }],
        },
      },
    ],
  },
  { name: 'temperature', type: 'gauge', samples: [{ kind: 'value', labels: [], value: NaN }] },
  {
    name: 'wait_seconds',
    type: 'summary',
    samples: [
      {
        kind: 'summary',
        labels: [{ name: 'a.b', value: '' }],
        quantiles: [
          { quantile: 0.5, value: 1 },
          { quantile: 0.99, value: NaN },
        ],
        sum: 1e21,
        count: 12,
        created: CREATED,
      },
    ],
  },
  {
    name: 'ünïcode.name',
    help: 'U',
    type: 'untyped',
    samples: [
      { kind: 'value', labels: [], value: 1e6 },
      { kind: 'value', labels: [{ name: 'ключ', value: 'x' }], value: 1e-5 },
    ],
  },
];
