import { setImmediate as settled } from 'node:timers/promises';
import t from 'tap';
import { LoopTurns } from '../../src/values/loop-turns.js';

/** A loop whose time and turns are moved by hand. */
function manualLoop() {
  let nowMs = 0;
  let deferred: (() => void)[] = [];
  const turns = new LoopTurns(
    () => nowMs,
    (callback) => deferred.push(callback),
  );
  return {
    turns,
    work: (milliseconds: number) => (nowMs += milliseconds),
    /** What a loop does after its timers and sockets; what that defers is for the turn after. */
    turn: async () => {
      const due = deferred;
      deferred = [];
      for (const callback of due) {
        callback();
        await settled();
      }
    },
  };
}

t.test('a turn is over by time, not by count', async (t) => {
  const loop = manualLoop();
  for (let steps = 0; steps < 1000; steps++) t.notOk(loop.turns.isOver());
  loop.work(1.9);
  t.notOk(loop.turns.isOver());
  loop.work(0.1);
  t.ok(loop.turns.isOver());
  await loop.turn();
  t.notOk(loop.turns.isOver(), 'the next turn has time of its own');
});

t.test('who waits has a turn one after the other, in order', async (t) => {
  const loop = manualLoop();
  loop.turns.isOver();
  loop.work(5);
  const order: string[] = [];
  const worker = async (name: string): Promise<void> => {
    for (let step = 0; step < 2; step++) {
      if (loop.turns.isOver()) await loop.turns.next();
      order.push(name);
      loop.work(3);
    }
  };
  const all = Promise.all(['a', 'b', 'c'].map(worker));
  for (let turn = 0; turn < 6; turn++) {
    const before = order.length;
    await loop.turn();
    t.ok(order.length - before <= 1, 'one at a time');
  }
  await all;
  t.same(order, ['a', 'b', 'c', 'a', 'b', 'c']);
});

t.test('an answer waits for other answers alone, and who counts turns for nobody', async (t) => {
  const loop = manualLoop();
  const woken: string[] = [];
  const note = (name: string) => (): void => {
    woken.push(name);
  };
  for (const name of ['a', 'b', 'c']) void loop.turns.next().then(note(name));
  for (const name of ['answer', 'another']) void loop.turns.soon().then(note(name));
  for (const name of ['counts', 'counts too']) void loop.turns.pass().then(note(name));
  t.equal(loop.turns.waiting, 5);
  await loop.turn();
  t.same(woken.splice(0), ['answer', 'a', 'counts', 'counts too']);
  await loop.turn();
  t.same(woken.splice(0), ['another', 'b']);
  await loop.turn();
  t.same(woken.splice(0), ['c']);
  t.equal(loop.turns.waiting, 0);
});
