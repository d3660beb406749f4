import { counter } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { parseWhole } from '../numbers.js';

const functions = counter('node_softirqs_functions_total', 'Softirq counts per CPU.', ['cpu', 'type']);

/** /proc/softirqs: a heading with the CPUs, then for each kind `NET_RX:  43066  104508`, with a column for each CPU. */
export const softirqs: CollectorSpec = {
  name: 'softirqs',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const line of files.proc.text('softirqs').split('\n').slice(1)) {
        const [heading = '', ...counts] = line.trim().split(/\s+/);
        if (!heading.endsWith(':')) continue;
        const type = heading.slice(0, -1);
        for (const [cpu, count] of counts.entries()) {
          metrics.setWith(functions, { cpu: String(cpu), type }, parseWhole(count));
        }
      }
    },
  }),
};
