import t from 'tap';
import { ProbeEnd } from '../../../../src/probe/probe-abort.js';
import type { ProbeModule } from '../../../../src/probe/probe-module.js';
import type { ProbeRun } from '../../../../src/probe/run-probe.js';
import { Admission } from '../../../../src/services/prober/limits/admission.js';
import { runAdmitted } from '../../../../src/services/prober/limits/admitted-probe.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const ASKER = { client: '127.0.0.1', host: 'a' };

const nothing = (): Promise<void> => Promise.resolve();

function prepare(total: number) {
  const clock = new ManualClock();
  const runs: ProbeRun[] = [];
  const admission = new Admission({ total, perClient: 0, perTarget: 0 }, clock);
  const ask = (waitedSeconds: number) => {
    const run = {
      probe: nothing,
      request: { target: 'a' },
      timeoutSeconds: 5,
      waitedSeconds,
      end: new ProbeEnd(),
      clock,
    };
    const runProbe = (admitted: ProbeRun): Promise<never> => {
      runs.push(admitted);
      return Promise.reject(new Error('not run here'));
    };
    return runAdmitted({ run, module: {} as ProbeModule, client: ASKER.client }, { admission, runProbe }).catch(
      () => undefined,
    );
  };
  return { clock, runs, ask, admission };
}

for (const [name, total] of [
  ['without limits', 0],
  ['within limits', 1],
] as const) {
  t.test(`the wait of the request is a part of the probe's, ${name}`, async (t) => {
    const { ask, runs } = prepare(total);
    await ask(2);
    t.equal(runs[0]?.waitedSeconds, 2);
  });
}

t.test('the wait for a place is added to it', async (t) => {
  const { ask, runs, clock, admission } = prepare(1);
  const other = await admission.enter({ ...ASKER, seconds: 5, signal: new ProbeEnd().signal });
  const asked = ask(2);
  clock.advance(1);
  if (other.kind === 'started') other.leave();
  await asked;
  t.equal(runs[0]?.waitedSeconds, 3);
});
