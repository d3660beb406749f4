import { counter, gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { integerIfAny } from '../sysfs-values.js';

/** The metrics of the files in /sys/kernel/mm/ksm. */
const FILES = [
  ['full_scans', counter('node_ksmd_full_scans_total', 'How many times all mergeable areas have been scanned.')],
  [
    'general_profit',
    gauge(
      'node_ksmd_general_profit_bytes',
      'How effective is KSM. ksm_saved_pages * sizeof(page) - (all_rmap_items) * sizeof(rmap_item)',
    ),
  ],
  [
    'merge_across_nodes',
    gauge('node_ksmd_merge_across_nodes', 'Specifies if pages from different NUMA nodes can be merged.'),
  ],
  ['pages_shared', gauge('node_ksmd_pages_shared', 'How many shared pages are being used.')],
  ['pages_sharing', gauge('node_ksmd_pages_sharing', 'How many more sites are sharing them i.e. how much saved.')],
  ['pages_to_scan', gauge('node_ksmd_pages_to_scan', 'How many pages to scan before ksmd goes to sleep.')],
  ['pages_unshared', gauge('node_ksmd_pages_unshared', 'How many pages unique but repeatedly checked for merging.')],
  ['pages_volatile', gauge('node_ksmd_pages_volatile', 'How many pages changing too fast to be placed in a tree.')],
  ['run', gauge('node_ksmd_run', 'The status of ksmd. stopped = 0, running = 1')],
] as const;

const sleep = gauge('node_ksmd_sleep_seconds', 'How many seconds ksmd should sleep before next scan.');

const FOLDER = 'kernel/mm/ksm';

/** /sys/kernel/mm/ksm: the kernel's merging of equal pages. */
export const ksmd: CollectorSpec = {
  name: 'ksmd',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys } }) => {
      if (sys.namesIfAny(FOLDER).length === 0) throw new NoData('this kernel does not merge equal pages');
      const milliseconds = integerIfAny(sys, `${FOLDER}/sleep_millisecs`);
      if (milliseconds !== undefined) metrics.set(sleep, milliseconds / 1000);
      for (const [file, metric] of FILES) {
        // Newer kernels have more of them than older ones.
        const value = integerIfAny(sys, `${FOLDER}/${file}`);
        if (value !== undefined) metrics.set(metric, value);
      }
    },
  }),
};
