import t from 'tap';
import { type Due, DueHeap } from '../../../../src/services/prober/schedule/due-heap.js';
import { seededRandom } from '../../../helpers/hostile/seeded-random.js';

interface Item extends Due {
  readonly name: number;
}

t.test('what is put in, moved and taken out comes in order', (t) => {
  const random = seededRandom(7);
  const heap = new DueHeap<Item>();
  const items = Array.from({ length: 500 }, (_, name): Item => ({ name, dueSeconds: 0, heapIndex: -1 }));
  for (const item of items) heap.put(item, Math.floor(random() * 100));
  for (const item of items.slice(0, 200)) heap.put(item, Math.floor(random() * 100));
  for (const item of items.slice(150, 300)) heap.remove(item);
  for (const item of items.slice(150, 160)) heap.remove(item);
  const wanted = [...items.slice(0, 150), ...items.slice(300)]
    .map(({ dueSeconds }) => dueSeconds)
    .sort((a, b) => a - b);
  t.equal(heap.size, wanted.length);
  const got: number[] = [];
  for (let first = heap.first; first !== undefined; first = heap.first) {
    got.push(first.dueSeconds);
    heap.remove(first);
    t.equal(first.heapIndex, -1);
  }
  t.strictSame(got, wanted);
  t.end();
});
