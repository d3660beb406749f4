import t from 'tap';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { parseText } from '../../src/metrics/text/parse-text.js';
import { familyFaults } from '../../src/push/series/series-checks.js';
import { atOnce } from '../../src/values/in-slices.js';

/** Beyond what V8 hashes, and different at the end only. */
const BEGIN = 'x'.repeat(16_400);
const COUNT = 6000;
const values = Array.from({ length: COUNT }, (_unused, index) => BEGIN + String(index).padStart(8, '0'));

/** Compared one by one, the series take minutes: the test's own timeout is the verdict. */
t.test('series whose labels differ at the end of long values', async (t) => {
  const samples = [...values, values[0] ?? ''].map((value) => {
    return { kind: 'value', labels: [{ name: 'l', value }], value: 1 } as const;
  });
  const family: MetricFamily = { name: 'm', type: 'gauge', samples };
  t.same(atOnce(familyFaults(family)), { invalid: [], repeated: [COUNT] });
});

t.test('summaries with such labels', async (t) => {
  const lines = [...values, values[0] ?? ''].map((value) => `m_sum{l="${value}"} 1\n`);
  const [family] = parseText(Buffer.from(`# TYPE m summary\n${lines.join('')}`), { names: 'legacy' });
  t.equal(family?.samples.length, COUNT);
});
