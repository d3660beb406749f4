import t from 'tap';
import { SortedList } from '../../src/push/sorted-list.js';

interface Item {
  readonly key: string;
  readonly value: number;
}

const empty = SortedList.empty<Item>(({ key }) => key);

/** Pseudo-random numbers, equal at every run (xorshift). */
function* numbers(): Generator<number, never> {
  for (let state = 2463534242; ;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

t.test('it has what a sorted array has, whatever comes and goes', async (t) => {
  let list = empty;
  const expected = new Map<string, Item>();
  const random = numbers();
  for (let count = 0; count < 5000; count++) {
    const key = String(random.next().value % 1500);
    if (random.next().value % 3 === 0) {
      list = list.without(key);
      expected.delete(key);
    } else {
      const item = { key, value: count };
      list = list.with(item);
      expected.set(key, item);
    }
    if (count % 500 !== 499) continue;
    const inOrder = [...expected.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    t.strictSame([...list], inOrder);
    t.equal(list.length, inOrder.length);
    for (const [from, to] of [
      [0, 3],
      [250, 700],
      [inOrder.length - 1, inOrder.length + 5],
      [5000, 6000],
    ] as const)
      t.strictSame(list.slice(from, to), inOrder.slice(from, to));
  }
});

t.test('a list that somebody reads stays as it is', async (t) => {
  let list = empty;
  for (let nth = 0; nth < 1000; nth++) list = list.with({ key: `k${nth}`, value: 1 });
  const before = list;
  const seen = [...before];
  list = list.with({ key: 'k5', value: 2 }).without('k7').with({ key: 'new', value: 3 });
  t.strictSame([...before], seen);
  t.equal(before.length, 1000);
  t.equal(list.length, 1000);
  t.equal(list.without('nothing'), list, 'without what is not there it is the same');
});
