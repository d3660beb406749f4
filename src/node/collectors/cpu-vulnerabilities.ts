import { gauge } from '../../metrics/metric-definition.js';
import { NoData } from '../collector.js';
import type { CollectorSpec } from '../collector.js';

const info = gauge(
  'node_cpu_vulnerabilities_info',
  'Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of the vulnerability. The same state is stored as a string in the label',
  ['codename', 'state', 'mitigation'],
);

const FOLDER = 'devices/system/cpu/vulnerabilities';

/** /sys/devices/system/cpu/vulnerabilities: a file for each, in the kernel's words. */
export const cpuVulnerabilities: CollectorSpec = {
  name: 'cpu_vulnerabilities',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys } }) => {
      const codenames = sys.namesIfAny(FOLDER);
      if (codenames.length === 0) throw new NoData('this kernel does not tell which vulnerabilities it knows');
      for (const codename of codenames) {
        metrics.setWith(info, { codename, ...readState(sys.value(`${FOLDER}/${codename}`) ?? '') }, 1);
      }
    },
  }),
};

/** `Not affected`, `Vulnerable; SMT vulnerable`, `Vulnerable: No microcode`, `Mitigation: PTI`: what is behind a colon is told as it is. */
function readState(text: string): { readonly state: string; readonly mitigation: string } {
  const [, state = 'unknown', mitigation = ''] = /^(not affected|vulnerable|mitigation)(?:: (.*))?/i.exec(text) ?? [];
  return { state: state.toLowerCase(), mitigation };
}
