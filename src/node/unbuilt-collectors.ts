/** A collector of upstream's that is not in this build. */
export interface UnbuiltCollector {
  readonly name: string;
  /** Why, for whoever asks for it. */
  readonly reason: string;
  /** Its flags, without `--collector.` before them. */
  readonly flags?: readonly string[];
}

const NATIVE = 'it needs a system call that Node.js does not have';
const NETLINK = 'it needs netlink, which Node.js does not have';
const RARE = 'it is for rare hardware, file systems or protocols, and nobody has built it yet';

/** Upstream's collectors for Linux that ALL_COLLECTORS does not have. */
export const UNBUILT_COLLECTORS: readonly UnbuiltCollector[] = [
  { name: 'bcache', reason: RARE, flags: ['bcache.priorityStats'] },
  { name: 'bcachefs', reason: RARE },
  { name: 'btrfs', reason: RARE },
  { name: 'dmmultipath', reason: RARE },
  { name: 'drbd', reason: RARE },
  { name: 'drm', reason: RARE },
  {
    name: 'ethtool',
    reason: NATIVE,
    flags: ['ethtool.device-include', 'ethtool.device-exclude', 'ethtool.metrics-include'],
  },
  { name: 'fibrechannel', reason: RARE },
  { name: 'infiniband', reason: RARE, flags: ['infiniband.device-include', 'infiniband.device-exclude'] },
  { name: 'ipvs', reason: RARE, flags: ['ipvs.backend-labels'] },
  { name: 'mountstats', reason: RARE },
  { name: 'network_route', reason: NETLINK },
  { name: 'nvmesubsystem', reason: RARE },
  { name: 'pcidevice', reason: RARE, flags: ['pcidevice.idsfile', 'pcidevice.names'] },
  {
    name: 'perf',
    reason: NATIVE,
    flags: [
      'perf.cpus',
      'perf.tracepoint',
      'perf.disable-hardware-profilers',
      'perf.hardware-profilers',
      'perf.disable-software-profilers',
      'perf.software-profilers',
      'perf.disable-cache-profilers',
      'perf.cache-profilers',
    ],
  },
  { name: 'runit', reason: 'upstream has deprecated it', flags: ['runit.servicedir'] },
  { name: 'supervisord', reason: 'upstream has deprecated it', flags: ['supervisord.url'] },
  { name: 'tapestats', reason: RARE, flags: ['tapestats.ignored-devices'] },
  { name: 'xfs', reason: RARE },
];
