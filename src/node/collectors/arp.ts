import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { nameFilter } from '../name-filter.js';

const entries = gauge('node_arp_entries', 'ARP entries by device', ['device']);

/** /proc/net/arp, which leaves out what does not need ARP, as upstream's question to netlink does. */
export const arp: CollectorSpec = {
  name: 'arp',
  isDefault: true,
  flags: [
    { name: 'arp.device-include', kind: 'value', default: '', help: 'Regular expression of the devices to report.' },
    { name: 'arp.device-exclude', kind: 'value', default: '', help: 'Regular expression of the devices to leave out.' },
    {
      name: 'arp.netlink',
      kind: 'switch',
      default: true,
      help: 'Has no effect: the entries are always read from /proc/net/arp, which has the same.',
    },
  ],
  create: (options) => {
    const isWanted = nameFilter(options, {
      include: 'arp.device-include',
      exclude: 'arp.device-exclude',
    });
    return {
      collect: ({ metrics, files }) => {
        const counts = new Map<string, number>();
        for (const line of linesOf(files.proc.text('net/arp')).slice(1)) {
          const device = wordsOf(line)[5];
          if (device === undefined) {
            metrics.passOver(`unexpected line in /proc/net/arp: "${line}"`);
            continue;
          }
          counts.set(device, (counts.get(device) ?? 0) + 1);
        }
        for (const [device, count] of counts) if (isWanted(device)) metrics.setWith(entries, { device }, count);
      },
    };
  },
};
