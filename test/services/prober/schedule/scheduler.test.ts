import t from 'tap';
import { ServiceLog } from '../../../../src/log/service-log.js';
import type { ProbeEnd } from '../../../../src/probe/probe-abort.js';
import type { KnownTarget } from '../../../../src/services/prober/discovery/known-target.js';
import { Scheduler } from '../../../../src/services/prober/schedule/scheduler.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { until } from '../../../helpers/until.js';

interface Started {
  readonly name: string;
  readonly wallSeconds: number;
  readonly end: ProbeEnd;
  readonly finish: () => void;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A schedule. Quick probes end at once, others when the test ends them or they are told to; deaf ones are not told. */
function scheduled({ isQuick = true, isDeaf = false, intervalSeconds = 60, timeoutSeconds = 5 } = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = new ServiceLog({ level: 'info', format: 'logfmt', clock, write: (line) => lines.push(line) });
  const probes: Started[] = [];
  const gone: string[] = [];
  const errors: unknown[] = [];
  const subject = new Scheduler(
    { intervalSeconds },
    {
      ...{ clock, log },
      probe: (target, end) => {
        const name = target.plan.target.target;
        const ended = new Promise<void>((finish) => {
          probes.push({ name, wallSeconds: clock.wallSeconds(), end, finish });
          end.signal.addEventListener('abort', () => {
            if (!isDeaf) finish();
          });
        });
        return name === 'bug' ? Promise.reject(new Error('bug')) : isQuick ? Promise.resolve() : ended;
      },
      timeoutSeconds: () => timeoutSeconds,
      onGone: (target) => gone.push(target.plan.target.target),
      onError: (error) => errors.push(error),
    },
  );
  const metric = (name: string, reason = ''): number => {
    const samples = subject.metrics.gather().find((family) => family.name === name)?.samples ?? [];
    const found = samples.find(({ labels }) => reason === '' || labels.some(({ value }) => value === reason));
    return found?.kind === 'value' ? found.value : found?.kind === 'histogram' ? found.count : NaN;
  };
  return { clock, subject, probes, gone, errors, lines, metric };
}

const known = (...names: readonly string[]): readonly KnownTarget[] =>
  names.map((target) => ({ target, module: 'm', params: new Map(), labels: new Map(), schedule: undefined }));

/** Moves the clock in steps, so that ended probes are seen to have ended. */
async function pass(clock: ManualClock, seconds: number, step = 1): Promise<void> {
  for (let at = 0; at < seconds; at += step) {
    clock.advance(step);
    await settled();
  }
}

t.test('each target is probed once an interval, at its own moment, with one timer for all', async (t) => {
  const { clock, subject, probes, metric } = scheduled();
  await subject.update(known('a', 'b', 'c'));
  t.equal(clock.pending, 0, 'not before the start');
  subject.start();
  await pass(clock, 180);
  t.equal(clock.pending, 1);
  for (const name of ['a', 'b', 'c']) {
    const starts = probes.filter((probe) => probe.name === name).map(({ wallSeconds }) => wallSeconds);
    t.equal(starts.length, 3, name);
    for (const [index, start] of starts.entries())
      t.ok(Math.abs(start - (starts[0] ?? 0) - 60 * index) < 0.001, `${name} ${start}`);
  }
  t.equal(new Set(probes.map(({ wallSeconds }) => wallSeconds % 60)).size > 2, true);
  t.equal(metric('sonde_schedule_start_delay_seconds'), 9);
  t.equal(metric('sonde_schedule_targets'), 3);
  await subject.stop();
  t.equal(clock.pending, 0);
});

t.test('the moments are the same in another process', async (t) => {
  const starts = await Promise.all(
    [scheduled(), scheduled()].map(async ({ clock, subject, probes }, index) => {
      clock.advance(7 * index);
      await subject.update(known('a'));
      subject.start();
      await pass(clock, 60 + 7 * (1 - index));
      return probes.at(-1)?.wallSeconds;
    }),
  );
  t.ok(Math.abs((starts[0] ?? 0) - (starts[1] ?? 1)) < 0.001, starts.join());
});

t.test('no target is probed twice at once: what is still running is skipped and counted', async (t) => {
  const { clock, subject, probes, metric } = scheduled({ isQuick: false });
  await subject.update(known('a'));
  subject.start();
  await pass(clock, 180);
  t.equal(probes.length, 1);
  t.equal(metric('sonde_schedule_skipped_total', 'running'), 2);
  t.equal(metric('sonde_schedule_probes_in_flight'), 1);
  probes[0]?.finish();
  await pass(clock, 60);
  t.equal(probes.length, 2);
});

t.test('a process that stood still skips what is past, and goes on at the old moments', async (t) => {
  const { clock, subject, probes, metric } = scheduled();
  await subject.update(known('a'));
  subject.start();
  await pass(clock, 60);
  const [first] = probes;
  // The timer of a suspended process fires when that goes on.
  await subject.stop();
  clock.advance(250);
  subject.start();
  await pass(clock, 1);
  t.equal(probes.length, 1, 'nothing is made up for');
  t.ok(metric('sonde_schedule_skipped_total', 'late') >= 3, String(metric('sonde_schedule_skipped_total', 'late')));
  await pass(clock, 60);
  t.equal(probes.length, 2);
  t.ok(Math.abs((((probes[1]?.wallSeconds ?? 0) - (first?.wallSeconds ?? 0)) % 60) - 0) < 0.001);
});

t.test('a turn that comes too late for the probe to end within its interval is skipped', async (t) => {
  const rows: readonly (readonly [timeoutSeconds: number, delaySeconds: number, starts: number])[] = [
    [5, 0, 1],
    [5, 54.9, 1],
    [5, 55.1, 0],
    [5, 59.9, 0],
    [54, 5.9, 1],
    [54, 6.1, 0],
  ];
  for (const [timeoutSeconds, delaySeconds, starts] of rows) {
    const name = `${timeoutSeconds} s, late by ${delaySeconds} s`;
    const { clock, subject, probes, metric } = scheduled({ timeoutSeconds });
    await subject.update(known('a'));
    const due = subject.targets.values().next().value?.dueSeconds ?? NaN;
    clock.advance(due - clock.monotonicSeconds() + delaySeconds);
    subject.start();
    clock.advance(0.001);
    // The scheduler may leave the start to the next turn of the event loop.
    await until(() => probes.length + metric('sonde_schedule_skipped_total', 'late') > 0, 'the turn has come');
    t.equal(probes.length, starts, name);
    if (starts > 0) t.equal(metric('sonde_schedule_start_delay_seconds'), starts, name);
    else t.ok(Number.isNaN(metric('sonde_schedule_start_delay_seconds')), `${name}: a histogram without observations`);
    t.equal(metric('sonde_schedule_skipped_total', 'late'), 1 - starts, name);
    await pass(clock, 60);
    t.equal(probes.length, starts + 1, 'the next one is in time');
    await subject.stop();
  }
});

t.test('a wall clock that is set puts starts off by half an interval at most', async (t) => {
  const { clock, subject, probes } = scheduled();
  await subject.update(known('a'));
  subject.start();
  await pass(clock, 60);
  for (const step of [-3600, 7200, 31, -29]) {
    clock.setWall(clock.wallSeconds() + step);
    const before = probes.length;
    await pass(clock, 91);
    t.ok(probes.length > before, `${step} s`);
  }
});

t.test('targets come, change and go', async (t) => {
  const { clock, subject, probes, gone } = scheduled({ isQuick: false });
  await subject.update(known('a', 'b'));
  subject.start();
  await pass(clock, 60);
  t.equal(probes.length, 2);
  const kept = subject.targets.values().next().value;
  await subject.update(known('a', 'c'));
  t.equal(subject.targets.values().next().value, kept, 'what stays is not touched');
  t.strictSame(gone, ['b']);
  t.equal(probes.find(({ name }) => name === 'b')?.end.signal.aborted, true);
  t.equal(probes.find(({ name }) => name === 'a')?.end.signal.aborted, false);
  const relabelled = known('a', 'c').map((each) => ({ ...each, labels: new Map([['team', 'x']]) }));
  const results = kept?.results;
  await subject.update(relabelled);
  t.strictSame(gone, ['b', 'a', 'c'], 'series with other labels are others');
  t.not(kept?.results, results);
  await pass(clock, 60);
  t.equal(probes.filter(({ name }) => name === 'a').length, 2);
  t.equal(probes.filter(({ name }) => name === 'b').length, 1);
});

t.test('a bug in one probe stops no other', async (t) => {
  const { clock, subject, probes, errors } = scheduled();
  await subject.update(known('bug', 'a'));
  subject.start();
  await pass(clock, 120);
  t.equal(errors.length, 2);
  t.equal(probes.length, 4);
});

t.test('ten thousand targets take one timer, and each its turn', async (t) => {
  const { clock, subject, probes } = scheduled();
  await subject.update(known(...Array.from({ length: 10_000 }, (_, i) => `t${i}`)));
  subject.start();
  await pass(clock, 60, 0.25);
  t.equal(clock.pending, 1);
  t.equal(new Set(probes.map(({ name }) => name)).size, 10_000);
  t.equal(probes.length, 10_000);
});

t.test('stopping waits for results that are on their way, but for none that does not come', async (t) => {
  const { clock, subject, probes } = scheduled({ isQuick: false, isDeaf: true });
  await subject.update(known('a', 'b'));
  subject.start();
  await pass(clock, 60);
  let isStopped = false;
  const stopped = subject.stop().then(() => (isStopped = true));
  probes[0]?.finish();
  await settled();
  t.notOk(isStopped, 'one is running');
  probes[1]?.finish();
  await stopped;
  t.equal(clock.pending, 0);
  subject.start();
  await pass(clock, 60);
  const again = subject.stop();
  clock.advance(1);
  await t.resolves(again);
});
