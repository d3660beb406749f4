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

t.test('many shards of many targets, as docs/scale.md computes with them, grow one by one', (t) => {
  const targets = Array.from({ length: 50_000 }, (_, i) => `http_2xx\u0000https://host-${i}.example/health`);
  const shardsOf = (of: number): Uint8Array => {
    const found = new Uint8Array(targets.length);
    for (let index = 1; index <= of; index++) {
      for (const [at, key] of targets.entries()) if (isInShard(key, { index, of })) found[at] = index;
    }
    return found;
  };
  let before = shardsOf(24);
  for (const of of [25, 26]) {
    const after = shardsOf(of);
    const sizes = new Map<number, number>();
    for (const owner of after) sizes.set(owner, (sizes.get(owner) ?? 0) + 1);
    const largest = Math.max(...sizes.values()) / (targets.length / of);
    t.equal(sizes.size, of, 'no shard is empty');
    t.ok(largest <= 1.15, `the largest of ${of} has ${largest.toFixed(3)} of the mean`);
    const moved = after.filter((owner, at) => owner !== before[at]);
    t.ok(
      moved.every((owner) => owner === of),
      'all that moves goes to the new one',
    );
    const part = moved.length / targets.length;
    t.ok(
      Math.abs(part * of - 1) < 0.1,
      `${part.toFixed(4)} of the targets move, and 1/${of} is ${(1 / of).toFixed(4)}`,
    );
    before = after;
  }
  t.end();
});
