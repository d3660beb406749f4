import t from 'tap';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { ProbeEnd } from '../../../src/probe/probe-abort.js';
import { HeldProbes } from '../../../src/services/prober/warm-up/held-probes.js';
import { ManualClock } from '../../helpers/manual-clock.js';

function held(clock: ManualClock) {
  const probes = new HeldProbes(clock);
  const began: string[] = [];
  const run = async (name: string, timeoutSeconds = 5, waitedSeconds = 0): Promise<string> => {
    const probe = (): Promise<void> => {
      began.push(name);
      return Promise.resolve();
    };
    const asked = { probe, request: { target: name }, timeoutSeconds, waitedSeconds, end: new ProbeEnd(), clock };
    const outcome = await probes.run(asked);
    return /^probe_queue_seconds (.*)$/m.exec(writeMetricSet(outcome.metrics))?.[1] ?? 'none';
  };
  return { probes, began, run };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('probes wait until the service is warm, and say so', async (t) => {
  const clock = new ManualClock();
  const { probes, began, run } = held(clock);
  t.equal(await run('before anything'), 'none');
  let warm = (): void => undefined;
  probes.until(new Promise((resolve) => (warm = resolve)));
  const waiting = run('while it warms up');
  await turn();
  t.same(began, ['before anything']);
  clock.advance(0.125);
  warm();
  t.equal(await waiting, '0.125');
  t.equal(await run('afterwards'), 'none');
  t.same(began, ['before anything', 'while it warms up', 'afterwards']);
  t.equal(clock.pending, 0);
});

t.test('a probe waits a quarter of its time at most', async (t) => {
  const rows: readonly (readonly [name: string, timeout: number, waited: number, queue: string])[] = [
    ['half a second', 0.5, 0, '0.125'],
    ['some of it has gone by waiting for a turn', 0.625, 0.125, '0.25'],
    ['none is left', 0.5, 0.5, '0.5'],
    ['none at all', 0, 0, 'none'],
    ['no number', NaN, 0, 'none'],
  ];
  for (const [name, timeout, waited, queue] of rows) {
    const clock = new ManualClock();
    const { probes, began, run } = held(clock);
    probes.until(new Promise(() => undefined));
    const waiting = run(name, timeout, waited);
    await turn();
    clock.advance(0.125);
    t.equal(await waiting, queue, name);
    t.same(began, [name]);
  }
});
