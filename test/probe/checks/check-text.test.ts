import t from 'tap';
import type { CelExpressions } from '../../../src/probe/checks/check-task.js';
import { areQuick, locateIn, testTexts } from '../../../src/probe/checks/check-text.js';
import { CheckThread } from '../../../src/probe/checks/check-thread.js';
import { checkThreads } from '../../../src/probe/checks/check-threads.js';
import { compileGoRegexp } from '../../../src/values/go/go-regexp.js';
import { HeldBytes } from '../../../src/values/held-bytes.js';
import { until } from '../../helpers/until.js';

const { signal } = new AbortController();
const slow = compileGoRegexp('(?s)(a+)(a+)[bc].*é$');
const LONG = `${'a'.repeat(300_000)}bé`;

/** A body in pieces that end within characters, as the wire brings it. */
function inPieces(bytes: Buffer): HeldBytes {
  const held = new HeldBytes();
  for (let at = 0; at < bytes.length; at += 10_007) held.add(bytes.subarray(at, at + 10_007));
  return held;
}

t.test('what is quick is done in place', async (t) => {
  t.ok(areQuick([slow], ['abc']));
  t.ok(areQuick([compileGoRegexp('needle')], [LONG.slice(0, 200_000)]), 'a text that means itself');
  t.notOk(areQuick([slow], [LONG]));
});

t.test('long bytes that are no UTF-8 are decoded in a thread, and short ones and UTF-8 in place', async (t) => {
  const needle = compileGoRegexp('needle');
  let started = 0;
  const count = (): void => {
    started++;
  };
  process.on('worker', count);
  t.teardown(() => process.off('worker', count));
  for (const short of [Buffer.alloc(40_000, 0xe9), Buffer.alloc(200_000, 'é')]) {
    t.same(await testTexts([needle], [inPieces(short)], signal), [[false]]);
  }
  t.equal(started, 0);
  const raw = Buffer.concat([Buffer.alloc(200_000, 0xe9), Buffer.from('needle')]);
  t.same(await testTexts([needle], [inPieces(raw)], signal), [[true]]);
  t.equal(started, 1);
});

t.test('a thread gives the same answers', async (t) => {
  const patterns = [slow, compileGoRegexp('^b')];
  const expected = [
    [true, false],
    [true, false],
    [false, true],
  ];
  t.same(await testTexts(patterns, [LONG, inPieces(Buffer.from(LONG)), 'b'], signal), expected);
  t.same(await locateIn(LONG.slice(-20_000), slow, signal), slow.locate(LONG.slice(-20_000)));
  t.equal(await locateIn(LONG, compileGoRegexp('(x)(y)'), signal), undefined);
});

t.test('a check ends with its probe, and the next one is done', async (t) => {
  const end = new AbortController();
  // The work of this grows with the square of the list.
  const numbers = Buffer.from(JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index)));
  const taskWith = (expressions: CelExpressions) =>
    ({ kind: 'cel', json: inPieces(numbers).handOver(), expressions }) as const;
  const endless = { notMatches: 'body.all(x, body.exists(y, y == x + 0.5))' };
  let started = 0;
  const count = (): void => {
    started++;
  };
  process.on('worker', count);
  t.teardown(() => process.off('worker', count));
  const running = checkThreads.run(taskWith(endless), end.signal);
  const waiting = Array.from({ length: 5 }, () => checkThreads.run(taskWith(endless), end.signal));
  end.abort(new Error('the time is up'));
  const outcomes = await Promise.allSettled([running, ...waiting]);
  t.match(outcomes, Array(6).fill({ status: 'rejected', reason: { message: 'the time is up' } }));
  t.ok(started <= 4, 'none is started for a probe whose time is up');
  t.ok(checkThreads.count <= 4);
  await until(() => checkThreads.count === 0, 'the threads are gone');
  await t.rejects(checkThreads.run(taskWith(endless), end.signal), { message: 'the time is up' });
  t.same(await checkThreads.run(taskWith({ matches: 'body[0] == 1.0' }), signal), undefined);
});

t.test('a thread that is ended in the middle of a check', async (t) => {
  const thread = new CheckThread();
  const running = thread.perform({
    kind: 'locate',
    pattern: '((a|b){1,100}){1,9}(x)y$',
    text: `${'a'.repeat(60_000)}xyz`,
  });
  thread.end();
  await t.rejects(running, { message: 'a check was ended' });
  t.ok(thread.ended);
  await thread.gone;
});

t.test('CEL over large JSON, in a thread', async (t) => {
  const numbers = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index));
  const rows: readonly (readonly [name: string, json: string, expressions: CelExpressions, verdict: unknown])[] = [
    ['loops that find it', numbers, { notMatches: 'body.exists(x, x == 199999.0)' }, undefined],
    [
      'loops that do not',
      numbers,
      { notMatches: 'body.all(x, x < 199999.0)' },
      { problem: 'unwanted', expression: 'body.all(x, x < 199999.0)', matched: false },
    ],
    ['what must not hold', numbers, { matches: 'body.size() == 200000' }, { problem: 'unwanted', matched: true }],
    ['not the type that is meant', numbers, { matches: 'body.name == 1' }, { problem: 'not_evaluable' }],
    ['cut off', numbers.slice(0, -1), { matches: 'true' }, { problem: 'malformed' }],
    ['too many values', `[${'1,'.repeat(1_000_000)}1]`, { matches: 'true' }, { problem: 'too_complex' }],
    ['too deep', '['.repeat(1_000_000), { matches: 'true' }, { problem: 'too_complex' }],
  ];
  for (const [name, json, expressions, verdict] of rows) {
    const task = { kind: 'cel', json: inPieces(Buffer.from(json)).handOver(), expressions } as const;
    const found = await checkThreads.run(task, signal);
    if (verdict === undefined) t.equal(found, undefined, name);
    else t.match(found, verdict, name);
  }
});

t.test('a check that takes too much memory fails, and the process goes on', async (t) => {
  const numbers = Buffer.from(JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index)));
  const json = inPieces(numbers).handOver();
  const thread = new CheckThread({ maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 });
  const expressions = { matches: 'body.map(x, [[x], [x], [x], [x]]).map(x, [x, [x], [[x]]]).size() == 1' };
  const failure: unknown = await thread.perform({ kind: 'cel', json, expressions }).catch((error: unknown) => error);
  t.match(failure, { phase: 'check', reason: 'check_too_costly' });
  t.ok(thread.ended);
  t.same(await testTexts([slow], [LONG], signal), [[true]]);
});
