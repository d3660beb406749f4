import t from 'tap';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { History, type HistoryItem } from '../../src/probe/history.js';
import { TargetTable } from '../../src/probe/targets/target-table.js';

function item(target: string, { failed = false, module = 'm', text = '', traced = false, at = 1 } = {}): HistoryItem {
  return {
    module,
    target,
    outcome: {
      metrics: new MetricSet(),
      log: [{ wallSeconds: at, level: 'info', message: text, fields: { length: text.length } }],
      durationSeconds: 1,
      ...(traced && { trace: { hops: [], checks: [] } }),
      ...(failed && { failure: new ProbeFailure('connect', 'connection_refused', 'no') }),
    },
    describe: () => 'prober: test\n',
    describeOwn: () => 'prober: test\n',
  };
}

const targets = (history: History): string[] => history.newestFirst().map(({ target }) => target);

t.test('ids count from zero, also for what is not kept', async (t) => {
  const none = new History(0);
  t.equal(none.add(item('a'), 10), 0);
  t.equal(none.add(item('b'), 10), 1);
  t.equal(none.size, 0);
  t.equal(none.bytes, 0);
});

t.test('successes that are pushed out are lost, failures are kept in a second list of the same size', async (t) => {
  const history = new History(2);
  for (const target of ['f0', 's1', 'f2', 'f3', 's4', 's5', 's6']) {
    history.add(item(target, { failed: target.startsWith('f') }), 10);
  }
  t.same(targets(history), ['s6', 's5', 'f3', 'f2']);
  t.equal(history.byId(0), undefined, 'the oldest failure went when the second list was full');
  t.equal(history.byId(2)?.target, 'f2');
  t.equal(history.byId(1), undefined);
});

t.test('by target the oldest entry counts, evicted failures first', async (t) => {
  const history = new History(2);
  history.add(item('x', { failed: true }), 10);
  history.add(item('x', { module: 'other' }), 10);
  history.add(item('x'), 10);
  t.equal(history.byTarget('x')?.id, 0);
  t.equal(history.byTarget('x', 'other')?.id, 1);
  t.equal(history.byTarget('x', 'nope'), undefined);
  t.equal(history.byTarget('y'), undefined);
});

t.test('bounded in bytes: the oldest successes go first, then the oldest failures', async (t) => {
  const text = 'x'.repeat(1000);
  const one = new History(10);
  one.add(item('s', { text }), 1000);
  const size = one.entryBytes;
  const history = new History(10, size * 3);
  for (const target of ['f0', 's1', 'f2']) history.add(item(target.slice(0, 1), { text, failed: target < 'g' }), 1000);
  t.equal(history.size, 3);
  history.add(item('f', { text, failed: true }), 1000);
  t.same(
    history.newestFirst().map(({ id }) => id),
    [3, 2, 0],
  );
  history.add(item('f', { text, failed: true }), 1000);
  t.same(
    history.newestFirst().map(({ id }) => id),
    [4, 3, 2],
  );
  t.equal(history.entryBytes, size * 3);
});

t.test('an entry larger than all the room is not kept', async (t) => {
  const history = new History(10, 1000);
  history.add(item('a', { text: 'x'.repeat(2000) }), 10);
  t.equal(history.size, 0);
  t.equal(history.entryBytes, 0);
});

t.test('bytes go back when entries are pushed out', async (t) => {
  const history = new History(1);
  history.add(item('a'), 10);
  const before = history.entryBytes;
  for (let count = 0; count < 50; count++) history.add(item('a'), 10);
  t.equal(history.entryBytes, before);
});

const latestOf = (history: History): number[] => history.newestWithLatest().map(({ id }) => id);

t.test('the latest success and the latest failure of each target are kept beyond the limit', async (t) => {
  const history = new History(1);
  history.add(item('a'), 10); // 0
  history.add(item('a'), 10); // 1
  history.add(item('a', { failed: true }), 10); // 2
  history.add(item('b', { failed: true }), 10); // 3
  history.add(item('c'), 10); // 4
  t.same(latestOf(history), [4, 3, 2, 1]);
  t.equal(history.byId(1), undefined, 'the two lists of the limit are as they were');
  t.equal(history.byIdOrLatest(1)?.target, 'a');
  t.equal(history.byIdOrLatest(0), undefined);
  history.add(item('a'), 10); // 5
  t.same(latestOf(history), [5, 4, 3, 2], 'a new success takes the place of the old one');
  t.equal(history.byIdOrLatest(1), undefined);
});

t.test('the latest go first when there is no room, and with their target', async (t) => {
  const one = new History(1);
  one.add(item('a'), 1000);
  const size = one.entryBytes;
  const history = new History(1, size * 2);
  for (const target of ['a', 'b', 'c']) history.add(item(target), 1000);
  t.same(latestOf(history), [2, 1]);
  t.equal(history.entryBytes, size * 2);
  const few = new History(1, undefined, new TargetTable({ targets: 2, bytes: 1e6 }));
  for (const target of ['a', 'b', 'c', 'd']) few.add(item(target), 1000);
  t.same(latestOf(few), [3, 2], 'what is forgotten takes its entries along');
  t.equal(few.entryBytes, size * 2);
});

t.test('the latest traced success of a target outlives the list, and only the latest', async (t) => {
  const history = new History(1);
  history.add(item('a', { traced: true }), 10);
  history.add(item('a'), 10);
  history.add(item('b'), 10);
  history.add(item('c'), 10);
  t.same(
    [0, 1, 2, 3].map((id) => history.byIdOrLatest(id)?.target),
    ['a', 'a', 'b', 'c'],
  );
  const { entryBytes } = history;
  history.add(item('a', { traced: true }), 10);
  t.equal(history.byIdOrLatest(0), undefined, 'a newer one takes its place');
  t.equal(history.byIdOrLatest(1), undefined);
  t.ok(history.entryBytes < entryBytes, `${history.entryBytes} bytes after ${entryBytes}`);
  for (let count = 0; count < 3; count++) history.add(item('c'), 10);
  t.equal(history.byIdOrLatest(4)?.target, 'a');
  t.same(history.neighbours(9, { module: 'm', target: 'a' }), { previous: 4, latestSuccess: 4 });
});

t.test('traced successes are bounded in bytes, and what is gone is not named', async (t) => {
  const one = new History(10);
  one.add(item('s', { traced: true }), 1000);
  const history = new History(1, one.entryBytes * 3);
  for (const target of ['s1', 's2', 's3', 's4', 's5']) history.add(item(target, { traced: true }), 1000);
  t.ok(history.entryBytes <= one.entryBytes * 3);
  t.same(history.neighbours(9, { module: 'm', target: 's1' }), {});
  t.equal(history.wantsTrace({ module: 'm', target: 's1' }, 1), true);
  t.equal(history.neighbours(9, { module: 'm', target: 's5' }).latestSuccess, 4);
});

t.test('a success is traced where none is known, or an old one', async (t) => {
  const history = new History(10);
  const of = { module: 'm', target: 'a' };
  t.equal(history.wantsTrace(of, 100), true);
  history.add(item('a', { traced: true, at: 100 }), 10);
  t.equal(history.wantsTrace(of, 159), false);
  t.equal(history.wantsTrace(of, 160), true);
  t.equal(history.wantsTrace(of, 99), true, 'the clock was turned back');
  t.equal(history.wantsTrace({ ...of, hostname: 'h' }, 159), true);
  t.equal(new History(0).wantsTrace(of, 1), false);
});
