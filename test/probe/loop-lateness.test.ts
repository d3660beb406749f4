import t from 'tap';
import { writeMetricSet } from '../../src/metrics/write-text.js';
import { LoopLateness } from '../../src/probe/loop-lateness.js';
import { ProbeEnd } from '../../src/probe/probe-abort.js';
import { buildReport } from '../../src/probe/report/build-report.js';
import { tookText } from '../../src/probe/report/report-words.js';
import { runProbe } from '../../src/probe/run-probe.js';
import type { Clock } from '../../src/values/clock.js';
import { atOnce } from '../../src/values/in-slices.js';
import { ManualClock } from '../helpers/manual-clock.js';

t.test('each probe says how late the loop was while it ran, and no other', async (t) => {
  const timers = new ManualClock();
  let blockedSeconds = 0;
  // Time that goes by while no timer comes.
  const { wallSeconds, after } = timers;
  const clock: Clock = { wallSeconds, after, monotonicSeconds: () => timers.monotonicSeconds() + blockedSeconds };
  const lateness = new LoopLateness(clock);
  const run = async (probe: () => Promise<void>) => {
    const outcome = await runProbe({
      probe,
      request: { target: 'x' },
      timeoutSeconds: 10,
      end: new ProbeEnd(),
      clock,
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
  let end: () => void = () => undefined;
  const long = run(() => new Promise<void>((resolve) => (end = resolve)));
  const blocked = await run(async () => {
    timers.advance(0.01);
    blockedSeconds = 0.08;
  });
  t.ok(blocked > 0.07 && blocked <= 0.08, `blocked: ${blocked}`);
  timers.advance(1);
  end();
  t.ok((await long) >= blocked, 'the other one ran as well');
  t.equal(await run(async () => timers.advance(1)), 0, 'what was before does not count');
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
