import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

const count = gauge('node_cgroups_cgroups', 'Current cgroup number of the subsystem.', ['subsys_name']);
// The help text is upstream's, which is the same for both metrics.
const enabled = gauge('node_cgroups_enabled', 'Current cgroup number of the subsystem.', ['subsys_name']);

/** /proc/cgroups: `cpuset  5  47  1`: name, hierarchy, number of groups, whether it is on. */
export const cgroups: CollectorSpec = {
  name: 'cgroups',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const line of linesOf(files.proc.text('cgroups'))) {
        if (line.startsWith('#')) continue;
        const [subsys_name = '', , groups = '', isEnabled = ''] = wordsOf(line);
        metrics.setWith(count, { subsys_name }, parseWhole(groups));
        metrics.setWith(enabled, { subsys_name }, parseWhole(isEnabled));
      }
    },
  }),
};
