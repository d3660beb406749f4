import t from 'tap';
import { GroupStore } from '../../../src/push/group-store.js';
import { OwnFamilies } from '../../../src/push/own-families.js';
import { DurableGroups, NotSavedError } from '../../../src/push/store/durable-groups.js';
import type { GroupPersistence } from '../../../src/push/store/group-persistence.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { groupKey } from '../../helpers/pushed-groups.js';
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
  readonly save = async (): Promise<void> => {
    await Promise.resolve();
    if (!this.isBroken) return;
    this.problem = 'no space left on device';
    throw new Error(this.problem);
  };
  readonly close = (): Promise<void> => Promise.resolve();
}

function setUp() {
  const clock = new ManualClock();
  const store = new GroupStore({
    own: new OwnFamilies(),
    limits: { seriesPerPush: 100, seriesInAll: 100, bytesInAll: 1e6 },
  });
  const persistence = new FailingDisk();
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
      store.groups().map(({ key, families }) => {
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
