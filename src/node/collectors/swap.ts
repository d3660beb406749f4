import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { parseInteger, parseWhole } from '../numbers.js';

const LABELS = ['device', 'swap_type'] as const;
const size = gauge('node_swap_size_bytes', 'Swap device size in bytes.', LABELS);
const used = gauge('node_swap_used_bytes', 'Swap device used in bytes.', LABELS);
const priority = gauge('node_swap_priority', 'Swap device priority.', LABELS);

const BYTES_PER_KIB = 1024;

/** /proc/swaps: a heading, then `/dev/zram0   partition   8388604   76   100` a line. */
export const swap: CollectorSpec = {
  name: 'swap',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const line of files.proc.text('swaps').split('\n').slice(1)) {
        if (line === '') continue;
        const [device = '', swap_type = '', kib = '', usedKib = '', rank = ''] = line.split(/\s+/);
        const labels = { device, swap_type };
        metrics.setWith(size, labels, parseWhole(kib) * BYTES_PER_KIB);
        metrics.setWith(used, labels, parseWhole(usedKib) * BYTES_PER_KIB);
        metrics.setWith(priority, labels, parseInteger(rank));
      }
    },
  }),
};
