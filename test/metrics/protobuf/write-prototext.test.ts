import t from 'tap';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { protobufTextPieces, writeProtobufText } from '../../../src/metrics/protobuf/write-prototext.js';
import { FULL_FAMILIES } from '../full-families.js';

/** What Pushgateway 1.11.2 and blackbox_exporter 0.28 write, in builds with one space. */
const COMPACT: readonly (readonly [name: string, line: RegExp | string])[] = [
  [
    'calls_total',
    'name:"calls_total" help:"Calls, \\\\ and\\nlines" type:COUNTER metric:{label:{name:"a" value:"1"} label:{name:"b" value:"ä\\"\\\\\\n"} counter:{value:3 exemplar:{label:{name:"trace_id" value:"abc"} value:0.5 timestamp:{seconds:1700000000 nanos:5}} created_timestamp:{seconds:1600000000 nanos:999999999}}} metric:{counter:{value:-0} timestamp_ms:-1} unit:"calls"',
  ],
  [
    'float_seconds',
    'name:"float_seconds" help:"" type:GAUGE_HISTOGRAM metric:{histogram:{sample_count_float:1.5 sample_sum:1 bucket:{cumulative_count_float:0.25 upper_bound:-1} schema:-4 zero_threshold:1e-128 zero_count_float:0.5 positive_span:{offset:3 length:2} positive_count:0.5 positive_count:0.25}}',
  ],
  [
    'native_seconds',
    /histogram:\{sample_count:23 sample_sum:100 schema:3 zero_threshold:0.001 zero_count:3 negative_span:\{offset:-161 length:1\} negative_delta:5 positive_span:\{offset:-2 length:2\} positive_span:\{offset:4 length:1\} positive_delta:10 positive_delta:-9 positive_delta:3 exemplars:\{/,
  ],
  ['temperature', /^name:"temperature" type:GAUGE metric:\{gauge:\{value:nan\}\}$/],
  [
    'wait_seconds',
    /summary:\{sample_count:12 sample_sum:1e\+21 quantile:\{quantile:0.5 value:1\} quantile:\{quantile:0.99 value:nan\} created_timestamp:/,
  ],
];

t.test('a line a family', async (t) => {
  const text = writeProtobufText(FULL_FAMILIES, { isCompact: true, escaping: 'underscores' });
  const lines = text.split('\n');
  t.equal(lines.length, FULL_FAMILIES.length + 1, 'ends with a line feed');
  for (const [name, expected] of COMPACT) {
    const line = lines.find((line) => line.startsWith(`name:"${name}"`)) ?? '';
    if (typeof expected === 'string') t.equal(line, expected);
    else t.match(line, expected, name);
  }
});

t.test('texts and numbers', async (t) => {
  const family = (value: number, label: string): MetricFamily => ({
    name: 'a.b',
    type: 'untyped',
    samples: [{ kind: 'value', labels: [{ name: 'c.d', value: label }], value }],
  });
  const rows: readonly (readonly [value: number, label: string, written: string])[] = [
    [Infinity, '', 'label:{name:"c_d" value:""} untyped:{value:inf}'],
    [-Infinity, "'", 'label:{name:"c_d" value:"\'"} untyped:{value:-inf}'],
    [123456789, '\u0001\u007f\t', 'label:{name:"c_d" value:"\\x01\\x7f\\t"} untyped:{value:1.23456789e+08}'],
    [1e-7, '\u2028😀&<', 'label:{name:"c_d" value:"\u2028😀&<"} untyped:{value:1e-07}'],
  ];
  for (const [value, label, written] of rows) {
    const text = writeProtobufText([family(value, label)], { isCompact: true, escaping: 'underscores' });
    t.equal(text, `name:"a_b" type:UNTYPED metric:{${written}}\n`);
  }
});

t.test('a field a line', async (t) => {
  const family: MetricFamily = {
    name: 'up',
    help: 'h',
    type: 'gauge',
    samples: [{ kind: 'value', labels: [{ name: 'job', value: 'j' }], value: 1 }],
  };
  const expected = `name: "up"
help: "h"
type: GAUGE
metric: {
  label: {
    name: "job"
    value: "j"
  }
  gauge: {
    value: 1
  }
}

`;
  const options = { isCompact: false, escaping: 'underscores' } as const;
  t.equal(writeProtobufText([family, family], options), expected + expected);
});

t.test('samples with many buckets are pieces of their own', (t) => {
  const family: MetricFamily = { name: 'h', type: 'histogram', samples: [] };
  const buckets = Array.from({ length: 2000 }, (_, upperBound) => ({ upperBound, cumulativeCount: 1 }));
  const sample = { kind: 'histogram', labels: [], sum: 1, count: 1, buckets } as const;
  const pieces = [
    ...protobufTextPieces(family, [sample, sample, sample], { isCompact: true, escaping: 'allow-utf-8' }),
  ];
  t.ok(pieces.length >= 4, `${pieces.length} pieces`);
  t.end();
});
