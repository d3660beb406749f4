import type { Gatherer } from '../../../metrics/metric-family.js';
import { processMetrics } from '../../../metrics/process-metrics.js';
import { runProbe } from '../../../probe/run-probe.js';
import type { Clock } from '../../../values/clock.js';
import type { ProbeRunner } from '../limits/admitted-probe.js';
import type { ProbeWorkers } from './probe-workers.js';
import { workerMetrics } from './worker-metrics.js';

/** Runs probes in the workers, or in this process if there are none. */
export function runnerOf(workers: ProbeWorkers | undefined): ProbeRunner {
  return workers === undefined ? (run) => runProbe(run) : (run, module) => workers.run(run, module);
}

/** Metrics of the process, together with its workers if there are some. */
export function processGatherers(workers: ProbeWorkers | undefined, clock: Clock): readonly Gatherer[] {
  if (workers === undefined) return [processMetrics('/proc')];
  return [workerMetrics(workers, '/proc', clock)];
}
