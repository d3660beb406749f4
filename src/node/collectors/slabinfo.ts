import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { nameFilter } from '../name-filter.js';
import { parseWhole } from '../numbers.js';

/** The columns behind the name. */
const COLUMNS = [
  gauge('node_slabinfo_active_objects', 'The number of objects that are currently active (i.e., in use).', ['slab']),
  gauge(
    'node_slabinfo_objects',
    'The total number of allocated objects (i.e., objects that are both in use and not in use).',
    ['slab'],
  ),
  gauge('node_slabinfo_object_size_bytes', 'The size of objects in this slab, in bytes.', ['slab']),
  gauge('node_slabinfo_objects_per_slab', 'The number of objects stored in each slab.', ['slab']),
  gauge('node_slabinfo_pages_per_slab', 'The number of pages allocated for each slab.', ['slab']),
] as const;

/** /proc/slabinfo, which only root may read. */
export const slabinfo: CollectorSpec = {
  name: 'slabinfo',
  isDefault: false,
  flags: [
    {
      name: 'slabinfo.slabs-include',
      kind: 'value',
      default: '.*',
      help: 'Regular expression of the slabs to report.',
    },
    {
      name: 'slabinfo.slabs-exclude',
      kind: 'value',
      default: '',
      help: 'Regular expression of the slabs to leave out.',
    },
  ],
  create: (options) => {
    const isWanted = nameFilter(options, {
      include: 'slabinfo.slabs-include',
      exclude: 'slabinfo.slabs-exclude',
    });
    return {
      collect: ({ metrics, files }) => {
        for (const line of linesOf(files.proc.text('slabinfo')).slice(1)) {
          const [slab = '', ...numbers] = wordsOf(line);
          if (slab === '#' || !isWanted(slab)) continue;
          for (const [index, metric] of COLUMNS.entries()) {
            metrics.setWith(metric, { slab }, parseWhole(numbers[index] ?? ''));
          }
        }
      },
    };
  },
};
