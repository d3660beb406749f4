import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { parseDecimal } from '../numbers.js';

const loads = [
  gauge('node_load1', '1m load average.'),
  gauge('node_load5', '5m load average.'),
  gauge('node_load15', '15m load average.'),
];

/** /proc/loadavg: `0.21 0.37 0.39 1/719 19737`. */
export const loadavg: CollectorSpec = {
  name: 'loadavg',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const fields = files.proc.text('loadavg').split(/\s+/);
      for (const [index, load] of loads.entries()) metrics.set(load, parseDecimal(fields[index] ?? ''));
    },
  }),
};
