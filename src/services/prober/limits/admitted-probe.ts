import { ProbeFailure } from '../../../probe/failure.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { Probe } from '../../../probe/prober.js';
import { type ProbeOutcome, type ProbeRun, runProbe } from '../../../probe/run-probe.js';
import type { Admission, Asker } from './admission.js';

/** Runs one probe of a module: in this process, or in a worker. */
export type ProbeRunner = (run: ProbeRun, module: ProbeModule) => Promise<ProbeOutcome>;

/** The limits under which probes run, and the runner. */
export interface AdmittedBy {
  readonly admission: Admission;
  readonly runProbe: ProbeRunner;
}

/** A probe, the module that it is of, and who wants it. */
export interface AskedProbe {
  readonly run: ProbeRun;
  readonly module: ProbeModule;
  readonly asker: Pick<Asker, 'client' | 'host'>;
}

/**
 * Runs a probe when it has its turn. One that gets none until its time is up fails with `overloaded`, or with
 * `probe_cancelled` if nobody waits for it any more; nothing is sent then.
 */
export async function runAdmitted(
  { run, module, asker }: AskedProbe,
  { admission, runProbe: runAsked }: AdmittedBy,
): Promise<ProbeOutcome> {
  if (!admission.isLimited) return runAsked(run, module);
  const { timeoutSeconds, waitedSeconds = 0, end } = run;
  const turn = await admission.enter({ ...asker, seconds: timeoutSeconds - waitedSeconds, signal: end.signal });
  if (turn.kind === 'gone') return runProbe({ ...run, probe: end.signal.aborted ? cancelled : overloaded });
  try {
    return await runAsked({ ...run, waitedSeconds: waitedSeconds + turn.waitedSeconds }, module);
  } finally {
    turn.leave();
  }
}

const overloaded: Probe = () =>
  Promise.reject(
    new ProbeFailure('setup', 'overloaded', 'Too many probes at once: the probe had no turn before its time was up'),
  );

const cancelled: Probe = () => Promise.reject(new ProbeFailure('setup', 'probe_cancelled', 'Nobody waits any more'));
