import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { parseWhole } from '../numbers.js';

const available = gauge('node_entropy_available_bits', 'Bits of available entropy.');
const poolSize = gauge('node_entropy_pool_size_bits', 'Bits of entropy pool.');

/** /proc/sys/kernel/random. */
export const entropy: CollectorSpec = {
  name: 'entropy',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      metrics.set(available, parseWhole(files.proc.text('sys/kernel/random/entropy_avail').trim()));
      metrics.set(poolSize, parseWhole(files.proc.text('sys/kernel/random/poolsize').trim()));
    },
  }),
};
