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
  clock = new ManualClock(),
) {
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

/** Seconds until the earliest moment at which the group is gone, looked at every ten seconds. */
async function secondsUntilGone({ clock, shown }: Pick<ReturnType<typeof setUp>, 'clock' | 'shown'>, job: string) {
  let seconds = 0;
  while (job in shown()) {
    if (seconds > 1000) return Infinity;
    clock.advance(10);
    seconds += 10;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return seconds;
}

for (const [what, seconds] of [
  ['ahead, as that of a device that starts in 1970', 56 * 365 * 86_400],
  ['back', -86_400],
] as const) {
  t.test(`a wall clock that is set ${what}: a group ends when its time to live is over`, async () => {
    const { clock, groups, push, shown } = setUp();
    await push('before', 1, 120);
    await push('for ever', 1);
    clock.setWall(clock.wallSeconds() + seconds);
    clock.advance(60);
    await push('after', 1, 120);
    t.same(shown(), { before: 1, after: 1, 'for ever': 1 });
    t.equal(await secondsUntilGone({ clock, shown }, 'before'), 60);
    t.equal(await secondsUntilGone({ clock, shown }, 'after'), 60);
    t.same(shown(), { 'for ever': 1 });
    t.equal(groups.expired, 2);
  });
}

/** A process that keeps groups in a folder, with the wall clock that its machine has. */
async function startIn(folder: string, wallSeconds: number) {
  const clock = new ManualClock();
  clock.setWall(wallSeconds);
  const options = { file: join(folder, 'metrics'), intervalSeconds: 0, repair: false, clock };
  const running = setUp(new LevelPersistence({ ...options, notify: () => undefined }), 100, clock);
  await running.groups.load();
  return running;
}

const DAY = 86_400;

/** What wall clocks do over a restart, ten seconds after a push that lives 120 seconds. */
const RESTARTS: readonly {
  readonly name: string;
  /** The wall clock at the push, the seconds by which it is set in that process, and the clock at the next start. */
  readonly clocks: readonly [pushed: number, set: number, started: number];
  /** The seconds by which the clock is set as soon as the next process runs. */
  readonly setLater?: number;
  readonly lives: number;
}[] = [
  { name: 'goes on', clocks: [30 * DAY, 0, 30 * DAY + 60], lives: 60 },
  { name: 'goes on after the end', clocks: [30 * DAY, 0, 30 * DAY + 121], lives: 0 },
  { name: 'is that of before it was set ahead', clocks: [0, 30 * DAY, 30 * DAY + 60], lives: 60 },
  { name: 'is that of before it was set back', clocks: [30 * DAY, -29 * DAY, DAY + 60], lives: 60 },
  { name: 'has gone back', clocks: [30 * DAY, 0, 0], lives: 120 },
  { name: 'has gone back, and is set right', clocks: [30 * DAY, 0, 0], setLater: 30 * DAY + 60, lives: 60 },
  { name: 'has gone back, and is set right after the end', clocks: [30 * DAY, 0, 0], setLater: 31 * DAY, lives: 10 },
];

for (const { name, clocks, setLater, lives } of RESTARTS) {
  t.test(`a restart of which the clock ${name}`, async (t) => {
    const folder = t.testdir();
    const [pushed, set, started] = clocks;
    const before = await startIn(folder, pushed);
    await before.push('a', 1, 120);
    before.clock.setWall(pushed + set);
    before.clock.advance(10);
    await before.groups.close();
    const after = await startIn(folder, started);
    if (setLater !== undefined) after.clock.setWall(setLater);
    if (lives === 0) {
      after.clock.advance(0);
      await until(() => after.groups.expired === 1, 'it is gone');
    } else t.equal(await secondsUntilGone(after, 'a'), lives);
    await after.groups.close();
  });
}

t.test('a clock that stays behind is believed in the end: restarts give no more time', async (t) => {
  const folder = t.testdir();
  const [pushed, started] = [30 * DAY, 0];
  const first = await startIn(folder, pushed);
  await first.push('a', 1, 2 * DAY);
  await first.groups.close();
  const second = await startIn(folder, started);
  for (let nth = 0; nth < 61; nth++) {
    second.clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await second.groups.close();
  const third = await startIn(folder, started + 2 * DAY - 60);
  t.equal(await secondsUntilGone(third, 'a'), 60);
  await third.groups.close();
});

t.test('an end that cannot be stored anew is stored when the disk has room', async () => {
  const { clock, persistence, push, shown } = setUp();
  const kept: (number | undefined)[] = [];
  const { save } = persistence;
  persistence.save = async (changes) => {
    await save(changes);
    for (const change of changes) if (change.kind === 'update') kept.push(change.facts.expiresAtSeconds);
  };
  await push('a', 1, 600);
  const pushedAt = clock.wallSeconds();
  persistence.isBroken = true;
  clock.setWall(pushedAt + DAY);
  clock.advance(10);
  await until(() => persistence.problem !== undefined, 'the disk fails');
  t.same(shown(), { a: 1 });
  persistence.isBroken = false;
  persistence.problem = undefined;
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(10);
  await until(() => kept.length === 2, 'it is stored');
  t.same(
    kept.map((seconds = 0) => Math.round(seconds)),
    [pushedAt + 600, pushedAt + DAY + 600].map(Math.round),
  );
});

t.test('a refused push gives its group no other end', async () => {
  const { clock, groups, push, shown } = setUp();
  await push('a', 1, 60);
  clock.advance(30);
  const series = Array.from({ length: 200 }, (_none, index) => ({
    ...{ kind: 'value' as const, value: 1, labels: [{ name: 'n', value: String(index) }] },
  }));
  const request = { key: groupKey({ job: 'a' }), families: [{ name: 'y', type: 'gauge' as const, samples: series }] };
  const outcome = await groups.push({
    ...request,
    ...{ method: 'POST', atSeconds: clock.wallSeconds(), isChecked: true, ttlSeconds: 3600 },
  });
  t.equal(outcome.kind, 'refused');
  t.equal(await secondsUntilGone({ clock, shown }, 'a'), 30);
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
