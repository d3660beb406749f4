import { LoopLateness } from '../../probe/loop-lateness.js';
import type { Clock } from '../../values/clock.js';
import type { ProbeRunner } from './limits/admitted-probe.js';
import type { ProbeWorkers } from './workers/probe-workers.js';
import { runnerOf } from './workers/where-probes-run.js';

/** The options for running probes: the way, the processes, and whether lateness is measured. */
export interface ProbeRunnerOptions {
  /** Runs probes in another way than at once, here or in the workers. */
  readonly runProbe: ProbeRunner | undefined;
  readonly workers: ProbeWorkers | undefined;
  /** Whether they say how late the event loop was. */
  readonly measuresUncertainty: boolean;
  readonly clock: Clock;
}

/** The function that runs the probes of a service. */
export function probeRunner({ runProbe: given, workers, measuresUncertainty, clock }: ProbeRunnerOptions): ProbeRunner {
  const run = given ?? runnerOf(workers);
  if (!measuresUncertainty) return run;
  const lateness = new LoopLateness(clock);
  return (asked, module) => run({ ...asked, lateness }, module);
}
