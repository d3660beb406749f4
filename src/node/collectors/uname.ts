import { hostname, machine, release, type, version } from 'node:os';
import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';

const info = gauge('node_uname_info', 'Labeled system information as provided by the uname system call.', [
  'sysname',
  'release',
  'version',
  'machine',
  'nodename',
  'domainname',
]);

/** uname(2), as Node tells it; the domain's name, which it does not tell, from /proc/sys/kernel. */
export const uname: CollectorSpec = {
  name: 'uname',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const labels = {
        sysname: type(),
        release: release(),
        version: version(),
        machine: machine(),
        nodename: hostname(),
        domainname: files.proc.value('sys/kernel/domainname') ?? '(none)',
      };
      metrics.setWith(info, labels, 1);
    },
  }),
};
