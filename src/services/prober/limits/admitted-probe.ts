import { ProbeFailure } from '../../../probe/failure.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { Probe } from '../../../probe/prober.js';
import { type ProbeOutcome, type ProbeRun, runProbe } from '../../../probe/run-probe.js';
import type { Admission, Asker } from './admission.js';
import { hostOf } from './who-asks.js';

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
  readonly client: Asker['client'];
  /** What counts as the same target; the host where absent. */
  readonly host?: Asker['host'];
}

/**
 * Runs a probe when it has its turn. One that gets none until its time is up fails with `overloaded`, or with
 * `probe_cancelled` if nobody waits for it any more; nothing is sent then.
 */
export function runAdmitted(asked: AskedProbe, by: AdmittedBy): Promise<ProbeOutcome> {
  return by.admission.isLimited ? runInTurn(asked, by) : by.runProbe(asked.run, asked.module);
}

async function runInTurn(
  { run, module, client, host = hostOf(run.request.target) }: AskedProbe,
  { admission, runProbe: runAsked }: AdmittedBy,
): Promise<ProbeOutcome> {
  const { timeoutSeconds, waitedSeconds = 0, end } = run;
  const seconds = timeoutSeconds - waitedSeconds;
  const turn = await admission.enter({ client, host, seconds, signal: end.signal });
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
