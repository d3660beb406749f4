import { counter, type MetricDefinition } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { parseWhole } from '../numbers.js';

/**
 * A file of /proc/pressure, and the metrics of its lines: `some` is the time in which some tasks waited, `full` the
 * time in which all of them did.
 */
interface Resource {
  readonly file: string;
  readonly some?: MetricDefinition<never>;
  readonly full?: MetricDefinition<never>;
}

const RESOURCES: readonly Resource[] = [
  {
    file: 'pressure/cpu',
    some: counter(
      'node_pressure_cpu_waiting_seconds_total',
      'Total time in seconds that processes have waited for CPU time',
    ),
  },
  {
    file: 'pressure/io',
    some: counter(
      'node_pressure_io_waiting_seconds_total',
      'Total time in seconds that processes have waited due to IO congestion',
    ),
    full: counter(
      'node_pressure_io_stalled_seconds_total',
      'Total time in seconds no process could make progress due to IO congestion',
    ),
  },
  {
    file: 'pressure/memory',
    some: counter(
      'node_pressure_memory_waiting_seconds_total',
      'Total time in seconds that processes have waited for memory',
    ),
    full: counter(
      'node_pressure_memory_stalled_seconds_total',
      'Total time in seconds no process could make progress due to memory congestion',
    ),
  },
  {
    file: 'pressure/irq',
    full: counter(
      'node_pressure_irq_stalled_seconds_total',
      'Total time in seconds no process could make progress due to IRQ congestion',
    ),
  },
];

/** /proc/pressure: `some avg10=0.10 avg60=2.00 avg300=3.85 total=15` in microseconds. */
export const pressure: CollectorSpec = {
  name: 'pressure',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      // Not every kernel has all of them: `irq` needs 6.1 and CONFIG_IRQ_TIME_ACCOUNTING.
      for (const { file, some, full } of RESOURCES) {
        const text = files.proc.textIfAny(file);
        if (text === undefined) continue;
        if (some !== undefined) metrics.set(some, secondsOf(text, 'some'));
        if (full !== undefined) metrics.set(full, secondsOf(text, 'full'));
      }
      if (RESOURCES.every(({ file }) => files.proc.textIfAny(file) === undefined)) {
        throw new NoData('this kernel has no pressure stall information, or it is off (psi=1 on its command line)');
      }
    },
  }),
};

const TOTALS = { some: /^some .*total=(\d+)$/m, full: /^full .*total=(\d+)$/m } as const;

function secondsOf(text: string, kind: 'some' | 'full'): number {
  const total = TOTALS[kind].exec(text)?.[1] ?? '';
  // Upstream divides twice, which gives another last digit than dividing once.
  return parseWhole(total) / 1000 / 1000;
}
