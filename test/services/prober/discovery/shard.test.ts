import t from 'tap';
import { isInShard } from '../../../../src/services/prober/discovery/shard.js';

const KEYS = Array.from({ length: 10_000 }, (_, i) => `http_2xx\u0000https://host-${i}.example/health`);

/** The number of the shard that has each key; 0 where it is not exactly one. */
function owners(of: number): readonly number[] {
  const all = Array.from({ length: of }, (_, i) => i + 1);
  return KEYS.map((key) => {
    const [owner = 0, ...others] = all.filter((index) => isInShard(key, { index, of }));
    return others.length === 0 ? owner : 0;
  });
}

t.test('every target is in exactly one shard, and shards are of about one size', (t) => {
  for (const of of [1, 2, 4, 7, 16]) {
    const owned = owners(of);
    t.notOk(owned.includes(0), `each in one of ${of}`);
    const sizes = Array.from({ length: of }, (_, i) => owned.filter((owner) => owner === i + 1).length);
    t.ok(Math.max(...sizes) <= (1.15 * KEYS.length) / of, `largest of ${of}: ${Math.max(...sizes)}`);
    t.ok(Math.min(...sizes) >= (0.85 * KEYS.length) / of, `smallest of ${of}: ${Math.min(...sizes)}`);
  }
  t.end();
});

t.test('one shard more takes its part from the others and moves nothing else', (t) => {
  const [before, after] = [owners(4), owners(5)];
  const moved = before.flatMap((owner, index) => (after[index] === owner ? [] : [after[index]]));
  t.ok(moved.every((owner) => owner === 5));
  t.ok(Math.abs(moved.length / KEYS.length - 1 / 5) < 0.02, String(moved.length));
  t.end();
});
