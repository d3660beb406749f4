import t from 'tap';
import type { ExpositionFormat } from '../../../src/http/answers/negotiate-format.js';
import { expositionPieces, writeExposition } from '../../../src/http/answers/write-exposition.js';
import type { MetricFamily, Sample } from '../../../src/metrics/metric-family.js';

const samples = (count: number, labels: number): readonly Sample[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'value' as const,
    labels: Array.from({ length: labels }, (_each, at) => ({ name: `l${at}`, value: `v"${index}` })),
    value: index,
  }));

const FAMILIES: readonly MetricFamily[] = [
  { name: 'none', type: 'gauge', help: 'Of nothing', samples: [] },
  { name: 'plain', type: 'counter', help: 'a\\b\nc', samples: samples(1, 0) },
  { name: 'many', type: 'gauge', samples: samples(5000, 3) },
  { name: 'wide.name', type: 'untyped', help: 'Wide', samples: samples(20, 1000) },
  {
    name: 'h',
    type: 'histogram',
    help: 'H',
    samples: [{ kind: 'histogram', labels: [], sum: 3, count: 2, buckets: [{ upperBound: 1, cumulativeCount: 1 }] }],
  },
];

t.test('pieces put together are the whole, in every format', (t) => {
  const kinds: readonly ExpositionFormat['kind'][] = [
    'text',
    'protobuf delimited',
    'protobuf text',
    'protobuf compact-text',
  ];
  for (const kind of kinds) {
    for (const escaping of ['underscores', 'allow-utf-8'] as const) {
      const format = { kind, escaping, contentType: '' };
      const pieces = [...expositionPieces(FAMILIES, format)];
      t.ok(Buffer.concat(pieces).equals(Buffer.from(writeExposition(FAMILIES, format))), `${kind} ${escaping}`);
      t.ok(pieces.length > 30, `${kind}: ${pieces.length} pieces`);
      if (kind === 'text') t.ok(Math.max(...pieces.map(({ length }) => length)) < 100_000, kind);
    }
  }
  t.end();
});
