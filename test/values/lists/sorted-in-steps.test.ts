import t from 'tap';
import { atOnce } from '../../../src/values/in-slices.js';
import { sortedInSteps } from '../../../src/values/lists/sorted-in-steps.js';
import { seededRandom } from '../../helpers/hostile/seeded-random.js';

t.test('the order is that of a sort, equal ones stay in theirs', async (t) => {
  const random = seededRandom(1);
  for (const length of [0, 1, 255, 256, 257, 1000, 4097]) {
    const items = Array.from({ length }, (_, index) => ({ key: Math.floor(random() * 50), index }));
    const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
    t.same(atOnce(sortedInSteps(items, compare)), items.toSorted(compare), `${length} items`);
  }
});

t.test('a step compares a few at most', async (t) => {
  let compared = 0;
  let most = 0;
  const items = Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 20_000);
  const steps = sortedInSteps(items, (a, b) => {
    compared++;
    return a - b;
  });
  while (steps.next().done !== true) {
    most = Math.max(most, compared);
    compared = 0;
  }
  t.ok(most <= 256 * 8, `${most} comparisons in a step`);
});

t.test('what is in order stays, without a copy', async (t) => {
  const items = Array.from({ length: 1000 }, (_none, key) => ({ key }));
  t.equal(atOnce(sortedInSteps(items, (a, b) => a.key - b.key)), items);
});
