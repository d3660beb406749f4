import t from 'tap';
import type { MetricFamily, Sample } from '../../src/metrics/metric-family.js';
import { sortFamilies } from '../../src/metrics/sort-families.js';
import { writeFamilies } from '../../src/metrics/write-text.js';
import { PackedSeries } from '../../src/push/series/packed-series.js';
import { SeenSeries } from '../../src/push/series/seen-series.js';
import { type StoredFamily, storedFamily } from '../../src/push/series/stored-family.js';
import { readFamilyRecord, writeFamilyRecord } from '../../src/push/store/family-record.js';
import { atOnce } from '../../src/values/in-slices.js';

const AT_SECONDS = 1_767_000_000.5;

const valueOf = (labels: Readonly<Record<string, string>>, value = 1): Sample => ({
  kind: 'value',
  labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
  value,
});
const numbered = (count: number, textOf: (index: number) => string): readonly Sample[] =>
  Array.from({ length: count }, (_none, index) => valueOf({ job: 'j', n: textOf(index) }, index / 3));
const familyOf = (samples: readonly Sample[], name = 'm'): MetricFamily => ({
  name,
  help: 'h',
  type: 'gauge',
  samples,
});
const store = (family: MetricFamily): StoredFamily => atOnce(storedFamily({ family, pushedAtSeconds: AT_SECONDS }));
const restore = (stored: StoredFamily): StoredFamily =>
  atOnce(storedFamily(atOnce(readFamilyRecord(atOnce(writeFamilyRecord(stored))))));
const textOf = (stored: StoredFamily): string => Buffer.concat([...stored.lines('underscores')]).toString();
/** Behind HELP and TYPE. */
const expectedText = (family: MetricFamily): string =>
  writeFamilies(sortFamilies([family]))
    .split('\n')
    .slice(2)
    .join('\n');

const histogram: Sample = {
  kind: 'histogram',
  labels: [{ name: 'n', value: '1' }],
  buckets: [{ upperBound: 1, cumulativeCount: 2 }],
  sum: NaN,
  count: 2,
};

const ROWS: readonly (readonly [name: string, family: MetricFamily])[] = [
  ['in order', familyOf(numbered(1000, (index) => String(index).padStart(4, '0')))],
  ['in no order', familyOf(numbered(1000, (index) => String((index * 7919) % 1000)))],
  ['as few as are packed', familyOf(numbered(8, String))],
  ['other numbers of labels', familyOf([valueOf({ a: '1', b: '2' }), valueOf({ a: '3' }), ...numbered(20, String)])],
  [
    'texts whose code units have another order',
    familyOf(numbered(20, (index) => `${index % 2 ? '\uffee' : '😀'}${index}`)),
  ],
  ['texts with the separator of keys', familyOf(numbered(20, (index) => (index % 2 ? `a\0${index}` : `a${index}`)))],
  ['what has to be escaped', familyOf(numbered(20, (index) => `${index}"\\\n`))],
  [
    'values that JSON has not',
    familyOf(
      [NaN, Infinity, -Infinity, -0, 5e-324].flatMap((value, at) => [
        valueOf({ n: `${at}` }, value),
        valueOf({ n: `x${at}` }, 1),
      ]),
    ),
  ],
  [
    'histograms',
    {
      ...familyOf(
        Array.from({ length: 9 }, (_none, at) => ({ ...histogram, labels: [{ name: 'n', value: String(9 - at) }] })),
      ),
      type: 'histogram',
    },
  ],
  [
    'more labels than are objects at once, in no order, and more names than are remembered',
    familyOf(
      Array.from({ length: 10 }, (_none, at) =>
        valueOf(Object.fromEntries(Array.from({ length: 900 }, (_label, nth) => [`l${at}_${nth}`, `${9 - at}`]))),
      ),
    ),
  ],
  ['odd names', familyOf(numbered(20, String), 'odd.name')],
];

t.test('packed series are shown, and kept, as they were pushed', (t) => {
  for (const [name, family] of ROWS) {
    const stored = store(family);
    t.ok(stored.family.samples instanceof PackedSeries, `${name}: packed`);
    t.strictSame([...stored.family.samples], family.samples, name);
    t.equal(textOf(stored), expectedText(family), `${name}, as text`);
    const restored = restore(stored);
    t.ok(restored.family.samples instanceof PackedSeries, `${name}: not unpacked to be read again`);
    t.strictSame([...restored.family.samples], family.samples, `${name}, read again`);
    t.equal(textOf(restored), expectedText(family), `${name}, as text, read again`);
    t.strictSame(restored.facts, stored.facts);
    t.equal(restored.pushedAtSeconds, AT_SECONDS);
  }
  t.end();
});

t.test('a part of packed series is that of the list', (t) => {
  const samples = numbered(1000, String);
  for (const { family } of [store(familyOf(samples)), restore(store(familyOf(samples)))]) {
    for (const [from, to] of [
      [0, 1],
      [0, 0],
      [500, 503],
      [998, 2000],
      [1000, 1001],
    ] as const) {
      t.strictSame(family.samples.slice(from, to), samples.slice(from, to), `${from} to ${to}`);
    }
  }
  t.end();
});

t.test('a record of before there were packed series is read, and packed', (t) => {
  const family = familyOf(numbered(100, String));
  const { name, type } = family;
  const lines = JSON.stringify({ name, help: 'h', type, pushedAtSeconds: 1, samples: [] }).slice(0, -2);
  const rows = family.samples.map((sample) =>
    JSON.stringify([
      sample.kind === 'value' ? sample.value : 0,
      ...sample.labels.flatMap(({ name, value }) => [name, value]),
    ]),
  );
  const stored = atOnce(storedFamily(atOnce(readFamilyRecord(Buffer.from(`${lines}\n${rows.join(',\n')}\n]}`)))));
  t.ok(stored.family.samples instanceof PackedSeries);
  t.strictSame([...stored.family.samples], family.samples);
  t.end();
});

t.test('series with faults are found, and stay objects', (t) => {
  const rows: readonly (readonly [name: string, samples: readonly Sample[], faults: StoredFamily['faults']])[] = [
    ['none', numbered(20, String), { invalid: [], repeated: [] }],
    ['repeated', [...numbered(20, String), ...numbered(2, String)], { invalid: [], repeated: [20, 21] }],
    ['invalid', [...numbered(20, String), valueOf({ __n: '1' })], { invalid: [20], repeated: [] }],
  ];
  for (const [name, samples, faults] of rows) {
    const stored = store(familyOf(samples));
    t.strictSame([...stored.faults.invalid], [...faults.invalid], name);
    t.strictSame([...stored.faults.repeated], [...faults.repeated], name);
    t.equal(stored.family.samples instanceof PackedSeries, name === 'none');
  }
  t.end();
});

t.test('series are told apart by names as by values', (t) => {
  const seen = new SeenSeries(10);
  const different = [
    { a: '1' },
    { b: '1' },
    { a: '1', b: '1' },
    { a: '11' },
    { aa: '1' },
    { a1: '' },
    { a: '', b: '1' },
    {},
  ];
  for (const labels of different) t.notOk(seen.mayRepeat(valueOf(labels)), JSON.stringify(labels));
  for (const labels of different) t.ok(seen.mayRepeat(valueOf(labels)), JSON.stringify(labels));
  t.end();
});
