import t from 'tap';
import { PhaseClock } from '../../src/probe/phase-clock.js';
import { PhaseMarks } from '../../src/probe/phase-marks.js';
import { ManualClock } from '../helpers/manual-clock.js';

t.test('what each phase took, and the one that failed', async (t) => {
  const clock = new ManualClock();
  const marks = new PhaseMarks(clock);
  const phases = new PhaseClock<'connect' | 'processing'>({ marks });
  clock.advance(1);
  await phases.time('connect', async () => {
    clock.advance(2);
    phases.enter('tls');
    clock.advance(4);
  });
  clock.advance(8);
  const failing = phases.time('processing', async () => {
    clock.advance(16);
    throw new Error('no');
  });
  await t.rejects(failing);
  t.equal(marks.secondsIn('processing'), 16, 'until it failed');
  clock.advance(32);
  t.equal(marks.secondsIn('processing'), 16, 'and not what came behind it');
  t.equal(marks.secondsIn('setup'), 41, 'what lies between phases is setup');
  t.equal(marks.secondsIn('connect'), 2);
  t.strictSame(marks.timings(), { connect_seconds: 2, tls_seconds: 4, processing_seconds: 16 });
  t.equal(phases.seconds('connect'), 6, 'the gauges have the phases that upstream has');
});

t.test('what is asked for after the end has the times of the end', async (t) => {
  const clock = new ManualClock();
  const marks = new PhaseMarks(clock);
  marks.enter('connect');
  clock.advance(1);
  marks.enter('tls');
  clock.advance(2);
  marks.end();
  clock.advance(4);
  marks.end();
  t.equal(marks.secondsIn('tls'), 2);
  t.strictSame(marks.timings(), { connect_seconds: 1, tls_seconds: 2 });
  t.strictSame(marks.totals(), [
    { phase: 'connect', seconds: 1 },
    { phase: 'tls', seconds: 2 },
  ]);
});

t.test('a phase that is entered again', async (t) => {
  const clock = new ManualClock();
  const marks = new PhaseMarks(clock);
  for (const seconds of [1, 2]) {
    marks.enter('dialogue');
    clock.advance(seconds);
    marks.enter('tls');
    clock.advance(10);
  }
  t.equal(marks.secondsIn('tls'), 20, 'both times count');
  t.strictSame(marks.timings(), { dialogue_seconds: 3, tls_seconds: 20 }, 'the log has the sums');
  marks.restart();
  t.strictSame(marks.timings(), {}, 'another attempt');
  marks.enter('connect');
  clock.advance(5);
  t.equal(marks.secondsIn('check'), 5, 'one that was never entered: since the last that was');
});
