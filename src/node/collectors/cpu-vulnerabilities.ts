import { gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { wordsOf } from '../lines.js';

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
        const text = sys.value(`${FOLDER}/${codename}`);
        if (text !== undefined) metrics.setWith(info, { codename, ...readState(text) }, 1);
      }
    },
  }),
};

const NOT_AFFECTED = 'not affected';
const STATES: readonly string[] = [NOT_AFFECTED, 'vulnerable', 'mitigation', 'unknown'];

/**
 * Examples are `Not affected`, `Vulnerable; SMT vulnerable`, `Mitigation: PTI`, `Unknown: No mitigations`. The first
 * word gives the state, and the rest after the blank is reported. A text with another first word, such as `KVM:
 * Mitigation: VMX disabled`, is reported as a whole.
 */
function readState(text: string): { readonly state: string; readonly mitigation: string } {
  const begins = text.slice(0, NOT_AFFECTED.length).toLowerCase();
  const state = STATES.find((known) => begins.startsWith(known));
  if (state === undefined) return { state: 'unknown', mitigation: text };
  return { state, mitigation: state === NOT_AFFECTED ? '' : wordsOf(text).slice(1).join(' ') };
}
