import t from 'tap';
import { LONGEST_LABEL_VALUE } from '../../src/metrics/kept/label-values.js';
import { gauge } from '../../src/metrics/metric-definition.js';
import { MetricSet } from '../../src/metrics/metric-set.js';

const said = gauge('said', 'What a target said', ['text']);

const VALUES = [
  { name: 'as long as may be', value: 'x'.repeat(LONGEST_LABEL_VALUE), cut: false },
  { name: 'one more', value: 'x'.repeat(LONGEST_LABEL_VALUE + 1), cut: true },
  { name: 'a pair of surrogates at the end', value: `x${'\u{1f600}'.repeat(LONGEST_LABEL_VALUE)}`, cut: true },
];

t.test('label values are bounded, and stay text', async (t) => {
  for (const { name, value, cut } of VALUES) {
    const metrics = new MetricSet();
    metrics.setWith(said, { text: value }, 1);
    const [shown = ''] = metrics.rows.labelValues(0);
    t.ok(shown.length <= LONGEST_LABEL_VALUE, name);
    t.equal(shown.endsWith('…'), cut, name);
    t.notMatch(shown, /\p{Surrogate}/u, name);
  }
});

/** Compared one by one they take minutes: the test's own timeout is the verdict. */
t.test('long label values that differ at their ends only', async (t) => {
  const metrics = new MetricSet();
  const begin = 'x'.repeat(LONGEST_LABEL_VALUE - 8);
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 6000; index++) {
      metrics.setWith(said, { text: begin + String(index).padStart(8, '0') }, round);
    }
  }
  t.equal(metrics.sorted().length, 6000, 'set again, not once more');
});

t.test('longer label values where the caller has a bound of its own', async (t) => {
  const metrics = new MetricSet();
  const longest = LONGEST_LABEL_VALUE * 4;
  const value = 'x'.repeat(longest - 2);
  const set = (text: string, number: number) => metrics.setWith(said, { text }, number, longest);
  for (let index = 0; index < 100; index++) set(`${value}${String(index).padStart(2, '0')}`, index);
  t.equal(metrics.rows.labelValues(metrics.sorted()[0] ?? NaN)[0], `${value}00`);
  set(`${value}05`, 7);
  t.equal(metrics.rows.length, 100, 'set again, not once more');
  set(`${value}longer`, 8);
  t.equal(metrics.rows.labelValues(100)[0], `${value}l…`, 'cut after its own bound');
});

/** A set of `count` series and three more, which follows `before`. */
function followed(before: MetricSet | undefined, count: number, first = 0): MetricSet {
  const metrics = MetricSet.following(before);
  metrics.set(up, 0);
  for (let index = first; index < first + count; index++)
    metrics.setWith(said, { text: `text number ${index}` }, index);
  metrics.setValues(heard, ['left ear', 'right ear'], count);
  metrics.addWith(heard, { a: 'left ear', b: 'right ear' }, 1);
  metrics.set(up, 1);
  return metrics;
}

const up = gauge('up', 'Up');
const heard = gauge('heard', 'Heard', ['a', 'b']);

const plain = (metrics: MetricSet): unknown =>
  [...metrics.rows].map(({ metric, labelValues, value }) => [metric.name, labelValues, value]);

t.test('sets that follow others have their own values, and the same label values', async (t) => {
  for (const [count, next, first] of [
    [5, 5, 0],
    [200, 200, 0],
    [200, 100, 0],
    [100, 200, 0],
    [200, 200, 3],
    [0, 100, 0],
  ] as const) {
    const name = `${count} series, then ${next} from ${first}`;
    const before = followed(undefined, count);
    const once = followed(before, count);
    for (const [at, labelValues] of [...once.rows].map((row) => row.labelValues).entries()) {
      t.equal(labelValues, before.rows.labelValues(at), `${name}: kept, ${at}`);
    }
    const twice = followed(once, next, first);
    t.same(plain(once), plain(before), name);
    t.same(plain(twice), plain(followed(undefined, next, first)), name);
    t.equal(twice.get(up), 1, `${name}: set again, not once more`);
    t.equal(twice.labelCharacters, followed(undefined, next, first).labelCharacters, name);
    twice.setWith(said, { text: `text number ${first + 1}` }, -1);
    t.equal(twice.rows.length, Math.max(next, 2 - 1) + 2, `${name}: a series that is there already`);
  }
});

t.test('a set that is followed may still grow', async (t) => {
  const before = followed(undefined, 100);
  const after = followed(before, 50);
  before.setWith(said, { text: 'one more' }, 1);
  after.setWith(said, { text: 'one more' }, 2);
  after.setWith(said, { text: 'text number 60' }, 3);
  t.equal(before.rows.length, 103);
  t.equal(after.rows.length, 54);
  t.equal(after.rows.value(53), 3);
});

t.test('series that are set with one list of labels share it, also in a set that is kept', (t) => {
  const [spoken, written] = [gauge('spoken', 'Spoken', ['text']), gauge('written', 'Written', ['text'])];
  for (const set of [new MetricSet(), MetricSet.following(undefined)]) {
    for (const name of ['a', 'b']) {
      const labelValues = [`${name} of a long name`];
      for (const [at, metric] of [spoken, written].entries()) set.setValues(metric, labelValues, at);
    }
    const lists = [...set.rows].map(({ labelValues }) => labelValues);
    t.same(lists, [['a of a long name'], ['a of a long name'], ['b of a long name'], ['b of a long name']]);
    t.equal(new Set(lists).size, 2, 'tens of thousands of series are a burden for the garbage collector');
  }
  t.end();
});

t.test('more series than a block has, and more with the same labels than are gone through', (t) => {
  const metrics = Array.from({ length: 100 }, (_unused, at) =>
    gauge(`m${String(at).padStart(3, '0')}`, 'M', ['a', 'b']),
  );
  const set = new MetricSet();
  for (const round of [1, 2]) {
    for (let row = 0; row < 50; row++) {
      const labelValues = ['a', `${row}`];
      for (const [at, metric] of metrics.entries()) set.setValues(metric, labelValues, round * at);
    }
  }
  t.equal(set.rows.length, 5000, 'set again, not once more');
  const seen = new Set<string>();
  for (const { metric, labelValues, value } of set.rows) {
    seen.add(`${metric.name} ${labelValues.join()}`);
    if (value !== 2 * Number(metric.name.slice(1))) t.fail(`${metric.name} ${labelValues.join()} is ${value}`);
  }
  t.equal(seen.size, 5000);
  const sorted = [...set.sorted()].map((place) => set.rows.metric(place)?.name ?? '');
  t.same(sorted, [...sorted].sort());
  t.equal(set.rows.metric(5000), undefined, 'there is no such place');
  t.end();
});

t.test('no list of a set grows with the number of its series', (t) => {
  const set = new MetricSet();
  for (let at = 0; at < 20_000; at++) set.append(said, ['x'], at);
  const lists = set.rows.columns.flatMap(({ metrics, labelValues, values }) => [metrics, labelValues, values]);
  t.ok(Math.max(...lists.map(({ length }) => length)) <= 4096, 'a long list is copied in one go');
  t.end();
});

t.test('labels of metrics that differ in their number', (t) => {
  const [one, two] = [gauge('one', 'One', ['a']), gauge('two', 'Two', ['a', 'b'])];
  const set = new MetricSet();
  for (let at = 0; at < 100; at++) set.setValues(said, [`${at}`], at);
  set.setValues(two, ['a', ''], 2);
  set.setValues(one, ['a:0'], 1);
  set.setValues(two, ['a', ''], 3);
  t.same(
    [...set.rows].slice(100).map(({ metric, value }) => [metric.name, value]),
    [
      ['two', 3],
      ['one', 1],
    ],
  );
  t.end();
});
