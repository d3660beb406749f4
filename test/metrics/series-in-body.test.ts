import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { NumberList } from '../../src/metrics/number-list.js';
import { UNLIMITED } from '../../src/metrics/parse-limits.js';
import { readDelimitedProtobuf, readDelimitedProtobufInPlace } from '../../src/metrics/protobuf/read-protobuf.js';
import { writeDelimitedProtobuf } from '../../src/metrics/protobuf/write-protobuf.js';
import { countSeries, hasTimestamps, SeriesInBody } from '../../src/metrics/series-in-body.js';
import type { HeldFamily } from '../../src/metrics/series-list.js';
import { parseText, parseTextInPlace } from '../../src/metrics/text/parse-text.js';
import { atOnce } from '../../src/values/in-slices.js';
import { FULL_FAMILIES } from './full-families.js';

const inPlace = (body: string): HeldFamily[] => atOnce(parseTextInPlace(Buffer.from(body), { names: 'utf-8' }));
const unpacked = (families: readonly HeldFamily[]): readonly MetricFamily[] =>
  families.map((family) => ({ ...family, samples: [...family.samples] }));

const TEXTS: readonly (readonly [name: string, body: string])[] = [
  ['names alone', 'a 1\nb 2\na 3\n'],
  ['blanks before a name', ' \t a 1\n'],
  ['labels', 'a{x="1",y="2",} 1\na{y="3"} NaN\n'],
  ['escapes and other alphabets', 'a{x="\\"\\\\\\n",y="ä😀"} +Inf\n'],
  ['quoted names', '{"a.b","x y"="1"} 1\n{"x y"="2","a.b"} 2\n'],
  ['timestamps', 'a 1 -5\na{x="1"} 2\n'],
  ['a family whose lines are apart', 'a 1\n# HELP a h\nb 2\na{x="1"} 3\n'],
  ['a name that is a part of nothing', 'a_count 1\na_sum 2\na_bucket{le="1"} 3\n'],
  ['a bound that is none', '# TYPE a gauge\na{le="1"} 1\na{quantile="x"} 2\n'],
  [
    'histograms and summaries beside',
    '# TYPE h histogram\nh_sum 1\ng 1\nh_count 2\n# TYPE s summary\ns{quantile="1"} 1\n',
  ],
];

t.test('series that stay in a text are those that are read of it, as often as they are asked for', async (t) => {
  for (const [name, body] of TEXTS) {
    const families = inPlace(body);
    const expected = parseText(Buffer.from(body), { names: 'utf-8' });
    t.strictSame(unpacked(families), expected, name);
    t.strictSame(unpacked(families), expected, `${name}, again`);
    for (const [index, { samples }] of families.entries()) {
      t.strictSame(samples.slice(1, 3), expected[index]?.samples.slice(1, 3), `${name}, a part`);
      t.equal(samples.length, expected[index]?.samples.length);
      t.equal(countSeries(samples), countSeries(expected[index]?.samples ?? []), `${name}, counted`);
      t.equal(hasTimestamps(samples), hasTimestamps(expected[index]?.samples ?? []), `${name}, timestamps`);
    }
  }
});

t.test('two readers of one body do not disturb each other', async (t) => {
  const [a, b] = inPlace('a{x="1"} 1\nb{x="2"} 2\na{x="3"} 3\nb{x="4"} 4\n');
  const zipped = [...(a?.samples ?? [])].flatMap((sample, index) => [
    sample,
    ...(b?.samples.slice(index, index + 1) ?? []),
  ]);
  t.strictSame(
    zipped.map((sample) => sample.kind === 'value' && sample.value),
    [1, 2, 3, 4],
  );
});

t.test('series that stay in protobuf are those that are read of it', async (t) => {
  const body = writeDelimitedProtobuf(FULL_FAMILIES);
  const families = atOnce(readDelimitedProtobufInPlace(body));
  t.ok(families.every(({ samples }) => samples instanceof SeriesInBody));
  t.strictSame(unpacked(families), readDelimitedProtobuf(body));
  for (const [index, { samples }] of families.entries()) {
    t.equal(countSeries(samples), countSeries(FULL_FAMILIES[index]?.samples ?? []));
    t.equal(hasTimestamps(samples), hasTimestamps(FULL_FAMILIES[index]?.samples ?? []));
  }
});

t.test('a limit counts what is read, not what is read again', async (t) => {
  const limits = { ...UNLIMITED, series: 2, labels: 2 };
  const [text] = atOnce(parseTextInPlace(Buffer.from('a{x="1"} 1\na{x="2"} 2\n'), { names: 'utf-8', limits }));
  const gauge: MetricFamily = { name: 'a', type: 'gauge', samples: [...(text?.samples ?? [])] };
  const [protobuf] = atOnce(readDelimitedProtobufInPlace(writeDelimitedProtobuf([gauge]), { limits }));
  for (const samples of [text?.samples, protobuf?.samples]) {
    for (let time = 0; time < 3; time++) t.equal([...(samples ?? [])].length, 2);
  }
});

t.test('a body takes no more of the heap than where its series are', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lines = Array.from({ length: 50_000 }, (_none, at) => `r{host="h${at}",path="/${at % 100}"} ${at / 2}\n`);
  const body = Buffer.from(lines.join(''));
  lines.length = 0;
  collect();
  const before = process.memoryUsage().heapUsed;
  const families = atOnce(parseTextInPlace(body, { names: 'utf-8' }));
  collect();
  const more = process.memoryUsage().heapUsed - before;
  t.equal(families[0]?.samples.length, 50_000);
  t.ok(more < body.length / 2, `${more} bytes of heap for a body of ${body.length}`);
});

t.test('a list of numbers is that of an array', async (t) => {
  const list = new NumberList();
  t.strictSame([...list], []);
  const numbers = Array.from({ length: 1000 }, (_none, at) => at * 4_000_000);
  for (const number of numbers) list.push(number);
  t.strictSame([...list], numbers);
  t.equal(list.length, 1000);
  t.strictSame(list.slice(998, 2000), numbers.slice(998));
  t.strictSame(list.slice(3, 5), numbers.slice(3, 5));
});
