import t from 'tap';
import { FILE_DEADLINE_SECONDS, FileGuard, FileHangError } from '../../src/files/file-guard.js';
import { ManualClock } from '../helpers/manual-clock.js';

/** A call of the file system that answers when the test says so. */
function slowCall() {
  const state = { started: false, answer: (_value: string): void => undefined };
  const work = (): Promise<string> => {
    state.started = true;
    return new Promise((resolve) => {
      state.answer = resolve;
    });
  };
  return { state, work };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('an answer in time, and an error', async (t) => {
  const guard = new FileGuard(new ManualClock());
  t.equal(await guard.run('/a/x', () => Promise.resolve('text')), 'text');
  await t.rejects(
    guard.run('/a/x', () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
});

t.test('a call that hangs is given up, its folder refused at once, and others are served', async (t) => {
  const clock = new ManualClock();
  const guard = new FileGuard(clock);
  const hung = slowCall();
  const late: string[] = [];
  const first = guard.run('/mnt/a', hung.work, (value) => late.push(value));
  const second = guard.run('/mnt/b', () => Promise.resolve('never asked'));
  const both = Promise.all([t.rejects(first, FileHangError), t.rejects(second, FileHangError)]);
  clock.advance(FILE_DEADLINE_SECONDS);
  await both;
  await t.rejects(
    guard.run('/mnt/c', () => Promise.resolve('')),
    { message: 'an earlier call in /mnt still has no answer from the file system' },
  );
  t.equal(await guard.run('/etc/hosts', () => Promise.resolve('hosts')), 'hosts');
  hung.state.answer('at last');
  await settle();
  t.same(late, ['at last']);
  t.equal(await guard.run('/mnt/c', () => Promise.resolve('back')), 'back');
  await settle();
  t.equal(clock.pending, 0);
});

t.test('at most three calls are under way, one in a folder', async (t) => {
  const guard = new FileGuard(new ManualClock());
  const calls = ['/a/1', '/a/2', '/b/1', '/c/1', '/d/1'].map((path) => ({ path, ...slowCall() }));
  const answers = calls.map(({ path, work }) => guard.run(path, work));
  const started = (): readonly string[] => calls.filter(({ state }) => state.started).map(({ path }) => path);
  t.same(started(), ['/a/1', '/b/1', '/c/1']);
  calls[0]!.state.answer('');
  await settle();
  t.same(started(), ['/a/1', '/a/2', '/b/1', '/c/1']);
  calls[2]!.state.answer('');
  await settle();
  t.same(started(), ['/a/1', '/a/2', '/b/1', '/c/1', '/d/1']);
  for (const { state } of calls) state.answer('');
  await Promise.all(answers);
});

t.test('with three folders that hang, everything else is refused until one answers', async (t) => {
  const clock = new ManualClock();
  const guard = new FileGuard(clock);
  const calls = ['/a/1', '/b/1', '/c/1'].map((path) => ({ path, ...slowCall() }));
  const refused = calls.map(({ path, work }) => t.rejects(guard.run(path, work), FileHangError));
  const waiting = t.rejects(
    guard.run('/d/1', () => Promise.resolve('')),
    { message: 'an earlier call in /a, /b, /c still has no answer from the file system' },
  );
  clock.advance(FILE_DEADLINE_SECONDS);
  await Promise.all([...refused, waiting]);
  calls[0]!.state.answer('');
  await settle();
  t.equal(await guard.run('/d/1', () => Promise.resolve('d')), 'd');
});
