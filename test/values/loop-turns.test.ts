import { setImmediate as settled } from 'node:timers/promises';
import t from 'tap';
import { LoopTurns, type LoopTurnsOptions } from '../../src/values/loop-turns.js';

/** A loop whose time and turns are moved by hand. */
function manualLoop(options: LoopTurnsOptions = {}) {
  let nowMs = 0;
  let deferred: (() => void)[] = [];
  const turns = new LoopTurns({
    ...options,
    nowMs: () => nowMs,
    defer: (callback) => deferred.push(callback),
  });
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
  const loop = manualLoop({ turnMs: 0 });
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

t.test('what a clock has called goes before answers, which know of it', async (t) => {
  const loop = manualLoop();
  const woken: string[] = [];
  const wait = (name: string, turn: Promise<void>): void => {
    void turn.then(() => {
      woken.push(name);
      loop.work(0.8);
    });
  };
  wait('a', loop.turns.next());
  wait('answer', loop.turns.soon());
  t.notOk(loop.turns.isDue);
  for (const name of ['due', 'due, too', 'due as well']) wait(name, loop.turns.due());
  t.ok(loop.turns.isDue);
  t.equal(loop.turns.waiting, 5);
  await loop.turn();
  t.same(woken.splice(0), ['due', 'a', 'due, too'], 'those that wait for a turn have theirs');
  await loop.turn();
  t.same(woken.splice(0), ['due as well', 'answer']);
  t.notOk(loop.turns.isDue);
});

t.test('those that are short share a turn, answers first', async (t) => {
  const loop = manualLoop();
  const woken: string[] = [];
  const wait = (name: string, turn: Promise<void>): void => {
    void turn.then(() => {
      woken.push(name);
      loop.work(0.5);
    });
  };
  for (const name of ['a', 'b', 'c', 'd']) wait(name, loop.turns.next());
  for (const name of ['answer', 'another']) wait(name, loop.turns.soon());
  await loop.turn();
  t.same(woken.splice(0), ['answer', 'a', 'another', 'b'], 'two milliseconds of them');
  await loop.turn();
  t.same(woken.splice(0), ['c', 'd']);
});

/** So many turns of long work, for one who goes on whenever it may. */
const MUCH = 100;

t.test('who has had much goes behind those who have not', async (t) => {
  const loop = manualLoop();
  const order: string[] = [];
  const goOn = async (name: string, had: number): Promise<void> => {
    for (let turns = had; turns < had + 8; turns++) {
      await loop.turns.next(turns);
      order.push(name);
      loop.work(5);
    }
  };
  for (let nth = 0; nth < 30; nth++) void goOn('endless', MUCH);
  t.equal(loop.turns.waiting, 0, 'nobody waits who would have to go first');
  void goOn('probe', 0);
  while (order.filter((name) => name === 'probe').length < 8) await loop.turn();
  t.ok(order.length <= 11, `${order.length - 8} turns of others, not 8 × 30`);
  t.ok(order.includes('endless'), 'but those are not forgotten');
});

t.test('who only counts turns lets nobody pass who has had much', async (t) => {
  const loop = manualLoop();
  const woken: string[] = [];
  void loop.turns.next(MUCH).then(() => woken.push('endless'));
  void loop.turns.pass().then(() => woken.push('counts'));
  await loop.turn();
  t.same(woken, ['counts']);
  await loop.turn();
  t.same(woken, ['counts', 'endless']);
});

t.test('of those who have had much, who has had least goes first, and who has had most is not forgotten', async (t) => {
  const loop = manualLoop();
  const woken: number[] = [];
  const goOn = async (from: number): Promise<void> => {
    for (let had = from; had < from + 3; had++) {
      await loop.turns.next(had);
      woken.push(from);
      loop.work(5);
    }
  };
  for (const had of [1000, 100, 10]) void goOn(had);
  while (woken.length < 9) await loop.turn();
  t.same(woken, [10, 10, 10, 1000, 100, 100, 100, 1000, 1000]);
});

t.test('who has had some is not forgotten between those who are never done', async (t) => {
  const loop = manualLoop();
  const woken = new Map<string, number>();
  const goOn = async (name: string, from: number, adds: number): Promise<void> => {
    for (let had = from; woken.get(name) !== 30; had += adds) {
      await loop.turns.next(had);
      woken.set(name, (woken.get(name) ?? 0) + 1);
      loop.work(5);
    }
  };
  void goOn('endless', 1000, 1);
  for (const name of ['some', 'more']) void goOn(name, name === 'some' ? 5 : 40, 0);
  let turn = 0;
  for (; turn < 120; turn++) {
    void loop.turns.next().then(() => loop.work(5));
    await loop.turn();
  }
  t.same(Object.fromEntries(woken), { endless: 10, more: 10, some: 10 }, `of ${turn} turns`);
});
