import t from 'tap';
import { MOST_RESULTS, type ProbeResult, RecentResults } from '../../../src/probe/targets/recent-results.js';

const result = (index: number): ProbeResult => ({
  atSeconds: 1_800_000_000.125 + index,
  durationSeconds: index / 4,
  ...(index % 3 === 0 && { reason: index % 2 === 0 ? 'tls_missing' : 'probe_cancelled' }),
});

t.test('the last results are there as they were given, the oldest first', async (t) => {
  for (const count of [0, 1, 4, 5, 16, 59, MOST_RESULTS, MOST_RESULTS + 1, MOST_RESULTS * 3 + 7]) {
    const results = new RecentResults();
    const given = Array.from({ length: count }, (_, index) => result(index));
    for (const each of given) results.add(each);
    t.same(results.last(), given.slice(-MOST_RESULTS), `${count} results`);
    t.same(results.last(3), given.slice(-3), `the last of ${count}`);
    t.equal(results.count, Math.min(count, MOST_RESULTS));
  }
});

t.test('a result takes 13 bytes, and many take no more than the last ones', async (t) => {
  const results = new RecentResults();
  t.equal(results.bytes, 4 * 13);
  for (let index = 0; index < 1000; index++) results.add(result(index));
  t.equal(results.bytes, MOST_RESULTS * 13);
});

t.test('a duration has the digits that a reader can use', async (t) => {
  const results = new RecentResults();
  results.add({ atSeconds: 1, durationSeconds: 0.1 });
  t.equal(results.last()[0]?.durationSeconds, 0.1);
});
