import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { ProbeAbort, ProbeEnd, ranOutOfTime } from '../../src/probe/probe-abort.js';
import { until } from '../helpers/until.js';

test('a signal has not fired before its probe ends', async (t) => {
  const { signal } = new ProbeEnd();
  t.notOk(signal.aborted);
  t.equal(signal.reason, undefined);
  t.doesNotThrow(() => {
    signal.throwIfAborted();
  });
  t.notOk(ranOutOfTime(signal));
});

const ENDS = [
  { name: 'deadline', first: 'expire', second: 'cancel', kind: 'deadline', message: 'context deadline exceeded' },
  { name: 'client that left', first: 'cancel', second: 'expire', kind: 'cancelled', message: 'context canceled' },
] as const;

for (const { name, first, second, kind, message } of ENDS) {
  test(`the first end decides: ${name}`, async (t) => {
    const end = new ProbeEnd();
    const { signal } = end;
    const heard: string[] = [];
    signal.onabort = () => heard.push('onabort');
    signal.addEventListener('abort', ({ type }) => heard.push(type));
    const removed = (): void => void heard.push('removed');
    signal.addEventListener('abort', removed);
    signal.removeEventListener('abort', removed);
    const byOther = (): void => void heard.push('taken out by another listener');
    signal.addEventListener('abort', () => {
      signal.removeEventListener('abort', byOther);
    });
    signal.addEventListener('abort', byOther);
    const twice = { handleEvent: ({ type }: Event): void => void heard.push(`object: ${type}`) };
    signal.addEventListener('abort', twice);
    signal.addEventListener('abort', twice, { once: true });
    signal.addEventListener('other', byOther);
    end[first]();
    end[second]();
    t.strictSame(heard, ['onabort', 'abort', 'object: abort']);
    t.ok(signal.aborted);
    t.equal(signal, end.signal);
    t.match(signal.reason, new ProbeAbort(kind));
    t.throws(
      () => {
        signal.throwIfAborted();
      },
      { name: 'ProbeAbort', kind, message },
    );
    t.equal(ranOutOfTime(signal), kind === 'deadline');
  });
}

test("Node's own functions take it for an AbortSignal", async (t) => {
  const end = new ProbeEnd();
  const sleeping = sleep(3_600_000, undefined, { signal: end.signal });
  const waiting = once(new EventTarget(), 'never', { signal: end.signal });
  end.cancel();
  await t.rejects(sleeping, { name: 'AbortError' });
  await t.rejects(waiting, { name: 'AbortError' });
  await t.rejects(sleep(0, undefined, { signal: end.signal }), { name: 'AbortError' });
});

test('many may listen without a warning', async (t) => {
  const { signal } = new ProbeEnd();
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  for (let count = 0; count < 100; count++) signal.addEventListener('abort', () => count);
  process.emitWarning('this one comes last', 'LastWarning');
  await until(() => warnings.includes('LastWarning'), 'the last warning has come');
  t.strictSame(warnings, ['LastWarning']);
});
