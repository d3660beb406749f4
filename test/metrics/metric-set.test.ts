import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import { LONGEST_LABEL_VALUE, MetricSet } from '../../src/metrics/metric-set.js';

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
    const shown = metrics.sorted()[0]?.labelValues[0] ?? '';
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
  t.equal(metrics.sorted()[0]?.labelValues[0], `${value}00`);
  set(`${value}05`, 7);
  t.equal(metrics.rows.length, 100, 'set again, not once more');
  set(`${value}longer`, 8);
  t.equal(metrics.rows.at(-1)?.labelValues[0], `${value}l…`, 'cut after its own bound');
});
