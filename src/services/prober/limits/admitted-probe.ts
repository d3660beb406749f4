import { ProbeFailure } from '../../../probe/failure.js';
import type { Probe } from '../../../probe/prober.js';
import { type ProbeOutcome, type ProbeRun, runProbe } from '../../../probe/run-probe.js';
import type { Admission, Asker } from './admission.js';

/**
 * Runs a probe when it has its turn. One that gets none until its time is up fails with `overloaded`, or with
 * `probe_cancelled` if nobody waits for it any more; nothing is sent then.
 */
export async function runAdmitted(
  run: ProbeRun,
  asker: Pick<Asker, 'client' | 'host'>,
  admission: Admission,
): Promise<ProbeOutcome> {
  if (!admission.isLimited) return runProbe(run);
  const { timeoutSeconds, end } = run;
  const turn = await admission.enter({ ...asker, seconds: timeoutSeconds, signal: end.signal });
  if (turn.kind === 'gone') return runProbe({ ...run, probe: end.signal.aborted ? cancelled : overloaded });
  try {
    return await runProbe({ ...run, waitedSeconds: turn.waitedSeconds });
  } finally {
    turn.leave();
  }
}

const overloaded: Probe = () =>
  Promise.reject(
    new ProbeFailure('setup', 'overloaded', 'Too many probes at once: the probe had no turn before its time was up'),
  );

const cancelled: Probe = () => Promise.reject(new ProbeFailure('setup', 'probe_cancelled', 'Nobody waits any more'));
