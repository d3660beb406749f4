import t from 'tap';
import { OpenList } from '../../../src/values/lists/open-list.js';

t.test('items come and go in any order', (t) => {
  const list = new OpenList<string>();
  t.equal(list.takeFirst(), undefined);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((item) => list.add(item));
  t.same([list.all(), list.size], [['a', 'b', 'c', 'd'], 4]);
  list.remove(b!);
  t.same(list.all(), ['a', 'c', 'd'], 'within');
  list.remove(b!);
  t.same([list.all(), list.size], [['a', 'c', 'd'], 3], 'once is enough');
  list.remove(d!);
  t.same(list.all(), ['a', 'c'], 'at the end');
  list.remove(a!);
  t.same(list.all(), ['c'], 'at the beginning');
  list.remove(c!);
  t.same([list.all(), list.size], [[], 0]);
  list.add('e');
  t.same(list.all(), ['e'], 'anew');
  t.end();
});

t.test('the first that is wanted', (t) => {
  const list = new OpenList<number>();
  for (const number of [1, 2, 3, 4]) list.add(number);
  t.equal(
    list.takeFirst((number) => number % 2 === 0),
    2,
  );
  t.equal(
    list.takeFirst((number) => number > 9),
    undefined,
  );
  t.equal(list.takeFirst(), 1);
  t.same([list.all(), list.size], [[3, 4], 2]);
  t.end();
});

t.test('a place that was taken out points to no other', (t) => {
  const list = new OpenList<number>();
  const places = [1, 2, 3].map((number) => list.add(number));
  for (const place of places) list.remove(place);
  for (const place of places) {
    const { item, ...pointers } = place as unknown as Record<string, unknown>;
    t.type(item, 'number');
    t.same(Object.values(pointers), [undefined, undefined, false]);
  }
  t.end();
});
