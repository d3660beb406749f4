import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import { parseWhole } from '../numbers.js';

const FILES = [
  ['entropy_avail', gauge('node_entropy_available_bits', 'Bits of available entropy.')],
  ['poolsize', gauge('node_entropy_pool_size_bits', 'Bits of entropy pool.')],
] as const;

/** /proc/sys/kernel/random. */
export const entropy: CollectorSpec = {
  name: 'entropy',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const [file, metric] of FILES) {
        apart(metrics, () => {
          metrics.set(metric, parseWhole(files.proc.text(`sys/kernel/random/${file}`).trim()));
        });
      }
    },
  }),
};
