import { join } from 'node:path';
import t from 'tap';
import { GroupStore } from '../../../src/push/group-store.js';
import { OwnFamilies } from '../../../src/push/own-families.js';
import { DurableGroups } from '../../../src/push/store/durable-groups.js';
import { NotSavedError } from '../../../src/push/store/group-keeper.js';
import type { GroupPersistence } from '../../../src/push/store/group-persistence.js';
import { LevelPersistence } from '../../../src/push/store/level-persistence.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { groupKey } from '../../helpers/push/pushed-groups.js';
import { until } from '../../helpers/until.js';

/** Persistence that keeps nothing, and fails when it is told to, as a disk does. */
class FailingDisk implements GroupPersistence {
  problem: string | undefined;
  isBroken = false;
  readonly load = async (): Promise<never[]> => {
    await Promise.resolve();
    if (this.isBroken) throw new Error('no such device');
    return [];
  };
  save: GroupPersistence['save'] = async () => {
    const { isBroken } = this;
    await Promise.resolve();
    if (!isBroken) return;
    this.problem = 'no space left on device';
    throw new Error(this.problem);
  };
  readonly close = (): Promise<void> => Promise.resolve();
}

function setUp<P extends GroupPersistence = FailingDisk>(
  persistence: P = new FailingDisk() as unknown as P,
  seriesInAll = 100,
) {
  const clock = new ManualClock();
  const store = new GroupStore({
    own: new OwnFamilies(),
    limits: { seriesPerPush: 100, seriesInAll, bytesInAll: 1e9 },
  });
  const groups = new DurableGroups({ store, persistence, clock, onProblem: () => undefined });
  const push = (job: string, value: number, ttlSeconds?: number) =>
    groups.push({
      key: groupKey({ job }),
      families: [{ name: 'x', type: 'gauge', samples: [{ kind: 'value', labels: [], value }] }],
      method: 'PUT',
      atSeconds: clock.wallSeconds(),
      isChecked: true,
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    });
  const shown = (): Record<string, number> =>
    Object.fromEntries(
      [...store.groups()].map(({ key, families }) => {
        const [sample] = families.get('x')?.family.samples ?? [];
        return [key.labels[0]?.value ?? '', sample?.kind === 'value' ? sample.value : NaN];
      }),
    );
  return { clock, groups, persistence, push, shown };
}

t.test('what cannot be kept leaves nothing behind, however many came at once', async (t) => {
  const { groups, persistence, push, shown } = setUp();
  await push('a', 1);
  await push('b', 1);
  persistence.isBroken = true;
  const attempts = [push('a', 2), push('c', 2), push('a', 3), groups.delete([groupKey({ job: 'b' })]), push('b', 4)];
  const results = await Promise.allSettled(attempts);
  for (const result of results) t.ok(result.status === 'rejected' && result.reason instanceof NotSavedError);
  t.same(shown(), { a: 1, b: 1 });
  await t.rejects(push('a', 5), NotSavedError, 'refused before it is tried');
  persistence.isBroken = false;
  persistence.problem = undefined;
  await push('a', 6);
  t.same(shown(), { a: 6, b: 1 });
});

t.test('a group whose time is over stays until that can be kept', async (t) => {
  const { clock, groups, persistence, push, shown } = setUp();
  await push('a', 1, 60);
  persistence.problem = 'no space left on device';
  clock.advance(61);
  t.same(shown(), { a: 1 });
  persistence.problem = undefined;
  clock.advance(2);
  await until(() => groups.expired === 1, 'it is gone');
  t.same(shown(), {});
});

t.test('a wall clock that was set ahead is noticed within a minute', async (t) => {
  const { clock, groups, push, shown } = setUp();
  await push('a', 1, 86_400);
  clock.setWall(clock.wallSeconds() + 86_400);
  clock.advance(59);
  t.same(shown(), { a: 1 }, 'asleep');
  clock.advance(1);
  await until(() => groups.expired === 1, 'it is gone');
  t.same(shown(), {});
});

t.test('a wall clock that was set back costs no group, no push and no end of one', async (t) => {
  const { clock, groups, push, shown } = setUp();
  const startedAt = clock.wallSeconds();
  await push('a', 1, 120);
  await push('b', 1);
  clock.setWall(startedAt - 86_400);
  clock.advance(60);
  await push('b', 2);
  await push('c', 1, 120);
  t.same(shown(), { a: 1, b: 2, c: 1 }, 'a push of before counts as one of before');
  clock.advance(60);
  clock.advance(60);
  await until(() => groups.expired === 1, 'the time of what was pushed after it runs by the new clock');
  t.same(shown(), { a: 1, b: 2 });
  clock.setWall(startedAt + 120);
  clock.advance(60);
  await until(() => groups.expired === 2, 'and that of before ends at the time that was meant');
  t.same(shown(), { b: 2 });
});

t.test('nobody is told what is there before it has been read', async (t) => {
  const { clock, groups, persistence } = setUp();
  await t.rejects(groups.current(), NotSavedError);
  persistence.isBroken = true;
  await groups.load();
  await t.rejects(groups.current(), NotSavedError);
  persistence.isBroken = false;
  clock.advance(2);
  await until(() => groups.problem === undefined, 'it is read');
  await groups.current();
  persistence.problem = 'no space left on device';
  await groups.current();
  await groups.close();
});

t.test('what fails while it is being closed sets no timer', async (t) => {
  const { clock, groups, persistence, push } = setUp();
  await push('a', 1, 3600);
  persistence.isBroken = true;
  const failing = push('a', 2, 60);
  await groups.close();
  await t.rejects(failing, NotSavedError);
  t.equal(clock.pending, 0);
});

t.test('loading that fails while it is being closed is not tried again', async (t) => {
  const { clock, groups, persistence } = setUp();
  persistence.isBroken = true;
  const loading = groups.load();
  await groups.close();
  await loading;
  t.equal(clock.pending, 0);
});

t.test('many groups are deleted in turns with pushes: what is kept is what is shown', async (t) => {
  const folder = t.testdir();
  const open = () => {
    const clock = new ManualClock();
    const options = { file: join(folder, 'metrics'), intervalSeconds: 0, repair: false, clock };
    return new LevelPersistence({ ...options, notify: () => undefined });
  };
  const { groups, push, shown } = setUp(open(), 1e6);
  await groups.load();
  const jobs = Array.from({ length: 2000 }, (_none, index) => `job${index}`);
  await Promise.all(jobs.map((job) => push(job, 1)));
  const state = { isDeleted: false };
  const deletion = groups.delete(jobs.map((job) => groupKey({ job }))).then(() => (state.isDeleted = true));
  let meanwhile = 0;
  for (let nth = 0; !state.isDeleted; nth++) {
    await push(`job${(nth * 37) % jobs.length}`, 2);
    meanwhile += 1;
  }
  await deletion;
  t.ok(meanwhile > 0, `${meanwhile} pushes had their turn meanwhile`);
  t.ok(
    Object.values(shown()).every((value) => value === 2),
    'what was there before is gone',
  );
  await groups.close();
  const again = setUp(open(), 1e6);
  await again.groups.load();
  t.same(again.shown(), shown());
  await again.groups.close();
});

t.test('an error tells how much was deleted before it', async (t) => {
  const { groups, persistence, push, shown } = setUp();
  await Promise.all(Array.from({ length: 20 }, (_none, index) => push(`job${index}`, 1)));
  const { save } = persistence;
  let saves = 0;
  persistence.save = (...args) => {
    saves += 1;
    persistence.isBroken = saves > 1;
    return save(...args);
  };
  const keys = Array.from({ length: 20 }, (_none, index) => groupKey({ job: `job${index}` }));
  const error = await groups.delete(keys).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  t.ok(error instanceof NotSavedError && error.saved === '16 of 20 groups are deleted', String(error));
  t.equal(Object.keys(shown()).length, 4, 'the others are there again');
});
