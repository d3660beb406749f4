import t from 'tap';
import { writeMetricSet } from '../../src/metrics/write-text.js';
import { LoopLateness } from '../../src/probe/loop-lateness.js';
import { ProbeEnd } from '../../src/probe/probe-abort.js';
import { buildReport } from '../../src/probe/report/build-report.js';
import { tookText } from '../../src/probe/report/report-words.js';
import { runProbe } from '../../src/probe/run-probe.js';
import { systemClock } from '../../src/values/clock.js';
import { atOnce } from '../../src/values/in-slices.js';
import { ManualClock } from '../helpers/manual-clock.js';

const block = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test('each probe says how late the loop was while it ran, and no other', async (t) => {
  const lateness = new LoopLateness(systemClock);
  const run = async (probe: () => Promise<void>) => {
    const outcome = await runProbe({
      probe,
      request: { target: 'x' },
      timeoutSeconds: 10,
      end: new ProbeEnd(),
      clock: systemClock,
      lateness,
    });
    const text = writeMetricSet(outcome.metrics);
    const late = Number(/^probe_measurement_uncertainty_seconds (\S+)$/m.exec(text)?.[1]);
    const report = atOnce(
      buildReport({ target: 'x', module: 'm', outcome, describe: () => '', describeOwn: () => '' }),
    );
    t.equal(report.uncertaintySeconds, late);
    t.match(tookText(report), /of which up to .* are our own delay/);
    return late;
  };
  const long = run(() => pause(150));
  const blocked = await run(async () => {
    await pause(10);
    block(80);
  });
  t.ok(blocked > 0.06, `blocked: ${blocked}`);
  t.ok((await long) > 0.06, 'the other one ran as well');
  t.ok((await run(() => pause(1))) < blocked, 'what was before does not count');
});

t.test('nothing is there when nobody watches', async (t) => {
  const clock = new ManualClock();
  const lateness = new LoopLateness(clock);
  t.equal(clock.pending, 0);
  const [one, other] = [lateness.watch(), lateness.watch()];
  t.equal(clock.pending, 1, 'one timer for all');
  one();
  t.equal(clock.pending, 1);
  other();
  t.equal(clock.pending, 0);
  const outcome = await runProbe({
    probe: () => Promise.resolve(),
    request: { target: 'x' },
    timeoutSeconds: 1,
    end: new ProbeEnd(),
    clock,
  });
  t.notMatch(writeMetricSet(outcome.metrics), /uncertainty/);
});
