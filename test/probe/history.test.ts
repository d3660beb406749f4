import t from 'tap';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { History, type HistoryItem } from '../../src/probe/history.js';

function item(target: string, { failed = false, module = 'm', text = '' } = {}): HistoryItem {
  return {
    module,
    target,
    outcome: {
      metrics: new MetricSet(),
      log: [{ wallSeconds: 1, level: 'info', message: text, fields: { length: text.length } }],
      durationSeconds: 1,
      ...(failed && { failure: new ProbeFailure('connect', 'connection_refused', 'no') }),
    },
    describe: () => 'prober: test\n',
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
  const size = one.bytes;
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
  t.equal(history.bytes, size * 3);
});

t.test('an entry larger than all the room is not kept', async (t) => {
  const history = new History(10, 1000);
  history.add(item('a', { text: 'x'.repeat(2000) }), 10);
  t.equal(history.size, 0);
  t.equal(history.bytes, 0);
});

t.test('bytes go back when entries are pushed out', async (t) => {
  const history = new History(1);
  history.add(item('a'), 10);
  const before = history.bytes;
  for (let count = 0; count < 50; count++) history.add(item('a'), 10);
  t.equal(history.bytes, before);
});
