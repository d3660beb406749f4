import t from 'tap';
import { FairTurns } from '../../../src/http/listeners/fair-turns.js';
import { until } from '../../helpers/until.js';

t.test('owners take turns, and what is over costs nothing', async (t) => {
  const turns = new FairTurns();
  const begun: string[] = [];
  const [one, other] = [{}, {}];
  const add = (owner: object, name: string, isOver = false): void => {
    turns.add(owner, { begin: () => begun.push(name), isOver: () => isOver });
  };
  for (const name of ['one 1', 'one 2', 'one 3']) add(one, name);
  add(other, 'over', true);
  add(other, 'other 1');
  await until(() => begun.length === 4, 'all have begun');
  t.same(begun, ['one 1', 'other 1', 'one 2', 'one 3']);
});

t.test('a bug in the work of one does not stop what waits behind it', async (t) => {
  const thrown: unknown[] = [];
  // tap listens, too.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error));
  t.teardown(() => {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  });
  const turns = new FairTurns();
  let isBegun = false;
  const bug = (): void => {
    throw new TypeError('a bug');
  };
  turns.add({}, { begin: bug, isOver: () => false });
  turns.add({}, { begin: () => (isBegun = true), isOver: () => false });
  await until(() => isBegun, 'the other has begun');
  t.match(thrown, [{ name: 'TypeError', message: 'a bug' }], 'the process hears of it');
});
