import t from 'tap';
import { ProbeFailure } from '../../src/probe/failure.js';
import { ProbeEnd } from '../../src/probe/probe-abort.js';
import { runProbe } from '../../src/probe/run-probe.js';
import { loopTurns } from '../../src/values/loop-turns.js';
import { ManualClock } from '../helpers/manual-clock.js';

const PROBES = 20;

t.test('probes that run out of time together all end before the next one is reported', async (t) => {
  const clock = new ManualClock();
  const order: string[] = [];
  const run = async (index: number): Promise<void> => {
    const end = new ProbeEnd();
    const probe = () =>
      new Promise<void>((_, reject) => {
        end.signal.addEventListener('abort', () => {
          order.push('ends');
          // The first one takes the whole turn.
          while (index === 0 && !loopTurns.isOver());
          reject(new ProbeFailure('transfer', 'body_timeout', 'Too late'));
        });
      });
    await runProbe({
      ...{ probe, request: { target: 'x' }, timeoutSeconds: 1, end, clock },
      logSink: ({ message }) => {
        if (message === 'Probe failed') order.push('reported');
      },
    });
  };
  const all = Promise.all(Array.from({ length: PROBES }, (_, index) => run(index)));
  clock.advance(1);
  await all;
  t.same(order, [...Array<string>(PROBES).fill('ends'), ...Array<string>(PROBES).fill('reported')]);
});
