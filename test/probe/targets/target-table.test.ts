import t from 'tap';
import { ProbeFailure } from '../../../src/probe/failure.js';
import type { ProbedTarget, TargetName } from '../../../src/probe/targets/target-state.js';
import { TargetTable } from '../../../src/probe/targets/target-table.js';

const good = (id: number, expirySeconds?: number): ProbedTarget => ({
  id,
  result: { atSeconds: id * 10, durationSeconds: 0.5 },
  ...(expirySeconds !== undefined && { expirySeconds }),
});

function bad(id: number, err = 'connection refused', expirySeconds?: number): ProbedTarget {
  const failure = new ProbeFailure('connect', 'connection_refused', 'Error dialing TCP', { err });
  return {
    ...good(id, expirySeconds),
    result: { atSeconds: id * 10, durationSeconds: 2, reason: failure.reason },
    failure,
  };
}

const NAME: TargetName = { module: 'm', target: 't' };

t.test('the state of a target lasts since the first probe that went the same way', async (t) => {
  const table = new TargetTable();
  const { state } = table.add(NAME, good(1));
  t.match(state, { sinceSeconds: 10, isSinceKnown: false, lastSuccessId: 1, lastFailureId: undefined });
  table.add(NAME, good(2));
  t.match(state, { sinceSeconds: 10, isSinceKnown: false }, 'what was before is not known');
  table.add(NAME, bad(3));
  table.add(NAME, bad(4));
  t.match(state, { sinceSeconds: 30, isSinceKnown: true, lastSuccessId: 2, lastFailureId: 4 });
  t.match(state.lastFailure, {
    atSeconds: 40,
    phase: 'connect',
    reason: 'connection_refused',
    text: 'Error dialing TCP: connection refused',
  });
  t.equal(table.add(NAME, good(5)).replacedId, 2, 'the success before is the latest no more');
  t.match(state, { sinceSeconds: 50, isSinceKnown: true, last: { atSeconds: 50, durationSeconds: 0.5 } });
  t.equal(state.lastFailure?.atSeconds, 40, 'the last failure stays');
  t.same(
    state.results.last().map(({ reason }) => reason ?? 'success'),
    ['success', 'success', 'connection_refused', 'connection_refused', 'success'],
  );
});

t.test('the end of a certificate stays through failures that met none, not through a success without', async (t) => {
  const table = new TargetTable();
  const { state } = table.add(NAME, good(1, 5000));
  t.equal(state.expirySeconds, 5000);
  table.add(NAME, bad(2));
  t.equal(state.expirySeconds, 5000);
  table.add(NAME, bad(3, 'expired', 4000));
  t.equal(state.expirySeconds, 4000);
  table.add(NAME, good(4));
  t.equal(state.expirySeconds, undefined);
});

t.test('a failure that quotes a long target: no password is shown, wherever the text is cut', async (t) => {
  for (let before = 1150; before < 1210; before++) {
    const table = new TargetTable();
    const { state } = table.add(NAME, bad(1, `${'//u:p@'.repeat(300).slice(0, before)}//user:hidden@h/`));
    t.notMatch(state.lastFailure?.text, /hid|:p@/, String(before));
    t.ok((state.lastFailure?.text.length ?? 0) <= 301);
  }
});

t.test('long targets that differ at their ends are told apart', async (t) => {
  const table = new TargetTable();
  const long = 'x'.repeat(16_384);
  for (let index = 0; index < 100; index++) table.add({ module: 'm', target: `${long}${index}` }, good(index));
  t.equal(table.size, 100);
  t.equal(table.find({ module: 'm', target: `${long}7` })?.lastSuccessId, 7);
  t.equal(table.find({ module: 'm', target: long }), undefined);
  const found = table.find({ module: 'm', target: `${long}8` });
  t.ok(found !== undefined && table.has(found));
});

t.test('module, target and hostname tell targets apart, however they are written', async (t) => {
  const names: readonly TargetName[] = [
    { module: 'm', target: 't' },
    { module: 'mt', target: '' },
    { module: 'm', target: 't', hostname: 'h' },
    { module: 'm', target: 't/h' },
    { module: 'm', target: 't', hostname: '' },
    { module: 'm', target: 't/' },
    { module: '1:m', target: 't' },
    { module: '__proto__', target: 'constructor' },
  ];
  const table = new TargetTable();
  for (const [id, name] of names.entries()) table.add(name, good(id));
  t.equal(table.size, names.length);
  for (const [id, name] of names.entries()) t.equal(table.find(name)?.lastSuccessId, id, JSON.stringify(name));
  t.equal(table.find({ module: 'm', target: 'none' }), undefined);
});

t.test('the text of a failure is masked and short', async (t) => {
  const table = new TargetTable();
  const { state } = table.add(NAME, bad(1, `dial http://user:geheim@h/ \x1b[31m${'x'.repeat(5000)}`));
  t.match(state.lastFailure?.text, /^Error dialing TCP: dial http:\/\/user:xxxxx@h\/ \\x1b\[31mxxx.*x…$/);
  t.equal(state.lastFailure?.text.length, 301);
});

t.test('a failure without an error tells what else it knows', async (t) => {
  const table = new TargetTable();
  const fields = { status_code: 503, valid_status_codes: '[200]' };
  const failure = new ProbeFailure('check', 'status_code_mismatch', 'Invalid HTTP response status code', fields);
  const { state } = table.add(NAME, { ...bad(1), failure });
  t.equal(state.lastFailure?.text, 'Invalid HTTP response status code (status_code: 503, valid_status_codes: [200])');
});

t.test('those that have not been probed for the longest time are forgotten first', async (t) => {
  const table = new TargetTable({ targets: 2, bytes: 1e6 });
  for (const [id, target] of ['a', 'b', 'a', 'c'].entries()) {
    table.add({ module: 'm', target }, good(id));
    for (const gone of table.shrink()) t.equal(gone.target, 'b');
  }
  t.same(
    [...table.all()].map(({ target }) => target),
    ['a', 'c'],
  );
});

t.test('thirty thousand targets that a client makes up take no more than the limit', async (t) => {
  const table = new TargetTable();
  const long = 'x'.repeat(8 * 1024);
  let most = 0;
  let steps = 0;
  for (let id = 0; id < 30_000; id++) {
    table.add({ module: 'm', target: `${long}${id}` }, id % 2 === 0 ? good(id) : bad(id));
    steps += table.shrink().length;
    most = Math.max(most, table.bytes);
  }
  t.ok(most <= 16 * 1024 * 1024, `${most} bytes`);
  t.ok(table.size > 100, `${table.size} are still there`);
  t.equal(steps, 30_000 - table.size, 'each is forgotten once');
  const kept = [...table.all()].reduce((sum, { bytes }) => sum + bytes, 0);
  t.equal(table.bytes, kept, 'the sum is true');
});
