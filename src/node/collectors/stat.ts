import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';

/** Key: the first word of a line of /proc/stat; the value is the first number after it. */
const METRICS: ReadonlyMap<string, MetricDefinition<never>> = new Map(
  Object.entries<MetricDefinition<never>>({
    intr: counter('node_intr_total', 'Total number of interrupts serviced.'),
    ctxt: counter('node_context_switches_total', 'Total number of context switches.'),
    processes: counter('node_forks_total', 'Total number of forks.'),
    btime: gauge('node_boot_time_seconds', 'Node boot time, in unixtime.'),
    procs_running: gauge('node_procs_running', 'Number of processes in runnable state.'),
    procs_blocked: gauge('node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.'),
  }),
);

const softirqs = counter('node_softirqs_total', 'Number of softirq calls.', ['vector']);

/** The order of the numbers behind `softirq`, after their sum. */
const VECTORS = [
  'hi',
  'timer',
  'net_tx',
  'net_rx',
  'block',
  'block_iopoll',
  'tasklet',
  'sched',
  'hrtimer',
  'rcu',
] as const;

/** /proc/stat without its `cpu` lines. */
export const stat: CollectorSpec = {
  name: 'stat',
  isDefault: true,
  flags: [{ name: 'stat.softirq', kind: 'switch', default: false, help: 'Export softirq calls per vector.' }],
  create: (options) => {
    const withSoftirqs = options.isOn('stat.softirq');
    return {
      collect: ({ metrics, files }) => {
        for (const line of files.proc.text('stat').split('\n')) {
          const [name = '', first = ''] = line.split(' ', 2);
          const metric = METRICS.get(name);
          if (metric !== undefined) metrics.set(metric, parseWhole(first));
          else if (name === 'softirq' && withSoftirqs) setSoftirqs(metrics, line);
        }
      },
    };
  },
};

function setSoftirqs(metrics: MetricSink, line: string): void {
  const counts = wordsOf(line).slice(2);
  for (const [index, vector] of VECTORS.entries()) {
    metrics.setWith(softirqs, { vector }, parseWhole(counts[index] ?? ''));
  }
}
