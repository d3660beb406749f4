import t from 'tap';
import { sortSteps } from '../../src/metrics/sort-steps.js';
import { atOnce } from '../../src/values/in-slices.js';

const byKey = (a: { readonly key: number }, b: { readonly key: number }): number => a.key - b.key;

t.test('sorts as Array.sort does, and stable', async (t) => {
  for (const length of [0, 1, 2, 255, 256, 257, 1000, 5000]) {
    for (const keys of [length, 7, 1]) {
      const items = Array.from({ length }, (_none, place) => ({ key: (place * 7919) % keys, place }));
      t.same(atOnce(sortSteps(items, byKey)), items.toSorted(byKey), `${length} items of ${keys} keys`);
    }
  }
});

t.test('what is in order stays, without a copy', async (t) => {
  const items = Array.from({ length: 1000 }, (_none, key) => ({ key }));
  t.equal(atOnce(sortSteps(items, byKey)), items);
});
