import { test } from 'tap';
import { sortFew } from '../../../src/values/lists/sort-few.js';

interface Card {
  readonly rank: number;
  readonly place: number;
}

const byRank = (one: Card, other: Card): number => one.rank - other.rank;

test('a short list is sorted as Array.sort does, equal things in their order', async (t) => {
  let seed = 7;
  for (let length = 0; length < 60; length++) {
    const cards = Array.from({ length }, (_, place): Card => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return { rank: seed % 11, place };
    });
    t.strictSame(sortFew([...cards], byRank), [...cards].sort(byRank), `${length} cards`);
  }
});
