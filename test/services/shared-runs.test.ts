import t from 'tap';
import { sharedRuns } from '../../src/services/shared-runs.js';

t.test('work runs once at a time, and whoever asks meanwhile shares the next run', async (t) => {
  const ends: ((number: number) => void)[] = [];
  const ask = sharedRuns(() => new Promise<number>((resolve) => ends.push(resolve)));
  const first = ask();
  await Promise.resolve();
  t.equal(ends.length, 1);
  const others = [ask(), ask(), ask()];
  await Promise.resolve();
  t.equal(ends.length, 1, 'nothing runs beside the first');
  ends[0]?.(1);
  t.equal(await first, 1);
  while (ends.length < 2) await Promise.resolve();
  const late = ask();
  ends[1]?.(2);
  t.same(await Promise.all(others), [2, 2, 2]);
  while (ends.length < 3) await Promise.resolve();
  ends[2]?.(3);
  t.equal(await late, 3, 'what was asked while the second ran is not answered by it');
});

t.test('whoever asks before a run has begun shares it', async (t) => {
  let runs = 0;
  const ask = sharedRuns(() => Promise.resolve((runs += 1)));
  t.same(await Promise.all([ask(), ask()]), [1, 1]);
  t.equal(await ask(), 2);
});

t.test('a run that fails, or throws at once, ends no other', async (t) => {
  let runs = 0;
  const ask = sharedRuns<number>(() => {
    runs += 1;
    if (runs === 1) throw new Error('at once');
    return runs === 2 ? Promise.reject(new Error('later')) : Promise.resolve(runs);
  });
  await t.rejects(ask(), { message: 'at once' });
  await t.rejects(ask(), { message: 'later' });
  t.equal(await ask(), 3);
});
