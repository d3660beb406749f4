import t from 'tap';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import type { RecordSteps } from '../../../../src/services/prober/remote-write/recorded-result.js';
import { Recorder } from '../../../../src/services/prober/remote-write/recorder.js';
import { PackedMetrics } from '../../../../src/services/prober/schedule/packed-metrics.js';
import { ScheduledTarget, type TargetPlan } from '../../../../src/services/prober/schedule/scheduled-target.js';
import { atOnce } from '../../../../src/values/in-slices.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const msIn = (steps: RecordSteps): number | undefined => [...steps].find((record) => record !== undefined)?.ms;

const JUMPS: readonly (readonly [name: string, backSeconds: number, laterMs: number])[] = [
  ['a little back: times go on behind the last one', 60, 1],
  ['as far back as receivers take samples of the future', 599, 1],
  ['far back, as after a wrong start: the clock counts', 601, -601_000],
];
for (const [name, backSeconds, laterMs] of JUMPS) {
  t.test(`a clock that is set ${name}`, (t) => {
    const clock = new ManualClock();
    const recorder = new Recorder(clock.wallSeconds, 'classic');
    const target = new ScheduledTarget({ key: 'k', labels: [], timeoutSeconds: 1 } as unknown as TargetPlan);
    const result = (): number => {
      const outcome = { durationSeconds: 1 } as Parameters<typeof target.results.add>[0];
      const metrics = atOnce(PackedMetrics.pack(new MetricSet(), target.results.last));
      target.results.add(outcome, { metrics, startedSeconds: clock.wallSeconds() });
      return msIn(recorder.result(target, undefined)) ?? NaN;
    };
    const first = result();
    t.equal(first, Math.round(clock.wallSeconds() * 1000));
    clock.setWall(clock.wallSeconds() - backSeconds);
    t.equal(result() - first, laterMs);
    t.equal(result() - first, laterMs + 1);
    clock.advance(1000);
    t.equal(result(), Math.round(clock.wallSeconds() * 1000));
    t.end();
  });
}
