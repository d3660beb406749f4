import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { Gatherer } from '../../../metrics/metric-family.js';
import { MetricSet } from '../../../metrics/metric-set.js';
import { type MoreProcesses, processMetrics, readProcess } from '../../../metrics/process-metrics.js';
import type { Clock } from '../../../values/clock.js';
import type { ProbeWorkers } from './probe-workers.js';
import type { WorkerState } from './worker-messages.js';
import type { WorkerProcess } from './worker-process.js';

const workersReady = gauge('sonde_workers', 'Worker processes that take probes (--workers).');
const restarts = counter('sonde_worker_restarts_total', 'Worker processes that took the place of one that had ended.');
const lost = counter(
  'sonde_worker_probes_lost_total',
  'Probes that ended with their worker and were answered with 503.',
);
const probes = counter('sonde_worker_probes_total', 'Probes that the worker process in this place has ended.', [
  'worker',
]);
const inFlight = gauge('sonde_worker_probes_in_flight', 'Probes that the worker runs now.', ['worker']);
const cpu = counter('sonde_worker_cpu_seconds_total', 'User and system CPU time of the worker process.', ['worker']);
const resident = gauge('sonde_worker_resident_memory_bytes', 'Resident memory of the worker process.', ['worker']);
const lag = gauge(
  'sonde_worker_eventloop_lag_max_seconds',
  'The longest delay of its event loop since the last scrape.',
  ['worker'],
);
const heap = gauge('sonde_worker_heap_used_bytes', 'Used heap of the worker process.', ['worker']);

/** How long a scrape waits for the state of a worker, in seconds. */
const STATE_SECONDS = 0.5;

const NOTHING: MoreProcesses = { cpuSeconds: 0, residentBytes: 0, virtualBytes: 0, openFds: 0 };

/**
 * The metrics of each worker, and `process_*` of all processes together. Counters do not go back when a worker is
 * replaced, because the sums of ended workers are kept.
 */
export function workerMetrics(workers: ProbeWorkers, procRoot: string, clock: Clock): Gatherer {
  const usage = new WorkerUsage(workers, procRoot);
  const processes = processMetrics(procRoot, () => usage.sum());
  return async () => {
    // Once: one that ends meanwhile must not give its place in the list to the next.
    const { living } = workers;
    const states = await Promise.all(living.map(({ process: child }) => stateOf(child, clock)));
    const metrics = new MetricSet();
    metrics.set(workersReady, living.filter(({ process: child }) => child.isReady).length);
    metrics.set(restarts, workers.restarts);
    metrics.set(lost, workers.lostProbes);
    for (const [index, { number, process: child }] of living.entries()) {
      const worker = String(number);
      metrics.setWith(probes, { worker }, child.probesDone);
      metrics.setWith(inFlight, { worker }, child.inFlight);
      const state = states[index];
      if (state === undefined) continue;
      metrics.setWith(lag, { worker }, state.lagMaxSeconds);
      metrics.setWith(heap, { worker }, state.heapUsedBytes);
    }
    const all = await processes();
    for (const [number, { cpuSeconds, residentBytes }] of usage.each) {
      metrics.setWith(cpu, { worker: String(number) }, cpuSeconds);
      metrics.setWith(resident, { worker: String(number) }, residentBytes);
    }
    return [...metrics.families(), ...all];
  };
}

/** One that hangs has no state; a scrape does not wait for it. */
async function stateOf(child: WorkerProcess, clock: Clock): Promise<WorkerState | undefined> {
  if (!child.isReady) return undefined;
  return new Promise((resolve) => {
    const cancel = clock.after(STATE_SECONDS, () => {
      resolve(undefined);
    });
    child.state().then(
      (state) => {
        cancel();
        resolve(state);
      },
      () => {
        cancel();
        resolve(undefined);
      },
    );
  });
}

/** The resources of the worker processes at the last scrape. */
class WorkerUsage {
  readonly #workers: ProbeWorkers;
  readonly #procRoot: string;
  readonly #seen = new Map<number, { readonly pid: number; readonly usage: MoreProcesses }>();
  /** The CPU seconds of ended workers, as of the last scrape of each. */
  #endedCpuSeconds = 0;

  constructor(workers: ProbeWorkers, procRoot: string) {
    this.#workers = workers;
    this.#procRoot = procRoot;
  }

  /** Key: the number of the worker. */
  get each(): ReadonlyMap<number, MoreProcesses> {
    return new Map([...this.#seen].map(([number, { usage }]) => [number, usage]));
  }

  sum(): MoreProcesses {
    this.#look();
    const total = { ...NOTHING, cpuSeconds: this.#endedCpuSeconds };
    for (const { usage } of this.#seen.values()) {
      total.cpuSeconds += usage.cpuSeconds;
      total.residentBytes += usage.residentBytes;
      total.virtualBytes += usage.virtualBytes;
      total.openFds += usage.openFds;
    }
    return total;
  }

  #look(): void {
    const living = new Map(this.#workers.living.map(({ number, process: child }) => [number, child.pid]));
    for (const [number, { pid, usage }] of this.#seen) {
      if (living.get(number) === pid) continue;
      this.#endedCpuSeconds += usage.cpuSeconds;
      this.#seen.delete(number);
    }
    for (const [number, pid] of living) {
      const usage = pid === undefined ? undefined : readProcess(this.#procRoot, pid);
      if (pid !== undefined && usage !== undefined) this.#seen.set(number, { pid, usage });
    }
  }
}
