import type { CollectorFlag } from './collector-options.js';

/** A collector of upstream's that is not in this build. */
export interface UnbuiltCollector {
  readonly name: string;
  /** Why it is missing, for those who enable it. */
  readonly reason: string;
  /** Whether upstream runs it unless told otherwise. */
  readonly isDefault: boolean;
  /** Its flags, without `--collector.` before them: understood, and without an effect. */
  readonly flags: readonly UnbuiltFlag[];
}

type UnbuiltFlag = Pick<CollectorFlag, 'name' | 'kind'>;

const NATIVE = 'it needs a system call that Node.js does not have';
const NETLINK = 'it needs netlink, which Node.js does not have';
const RARE = 'it is for rare hardware, file systems or protocols, and nobody has built it yet';
const DEPRECATED = 'upstream has deprecated it';

const onDefault = (name: string, reason: string, ...flags: readonly UnbuiltFlag[]): UnbuiltCollector => ({
  name,
  reason,
  isDefault: true,
  flags,
});
const onDemand = (name: string, reason: string, ...flags: readonly UnbuiltFlag[]): UnbuiltCollector => ({
  name,
  reason,
  isDefault: false,
  flags,
});
const flag = (kind: CollectorFlag['kind'], name: string): UnbuiltFlag => ({ kind, name });

/** Upstream's collectors for Linux that are not in ALL_COLLECTORS. */
export const UNBUILT_COLLECTORS: readonly UnbuiltCollector[] = [
  onDefault('bcache', RARE, flag('switch', 'bcache.priorityStats')),
  onDefault('bcachefs', RARE),
  onDefault('btrfs', RARE),
  onDefault('dmmultipath', RARE),
  onDemand('drbd', RARE),
  onDemand('drm', RARE),
  onDemand(
    'ethtool',
    NATIVE,
    flag('value', 'ethtool.device-include'),
    flag('value', 'ethtool.device-exclude'),
    flag('value', 'ethtool.metrics-include'),
  ),
  onDefault('fibrechannel', RARE),
  onDefault('infiniband', RARE, flag('value', 'infiniband.device-include'), flag('value', 'infiniband.device-exclude')),
  onDefault('ipvs', RARE, flag('value', 'ipvs.backend-labels')),
  onDemand('mountstats', RARE),
  onDemand('network_route', NETLINK),
  onDefault('nvmesubsystem', RARE),
  onDemand('pcidevice', RARE, flag('value', 'pcidevice.idsfile'), flag('switch', 'pcidevice.names')),
  onDemand(
    'perf',
    NATIVE,
    flag('value', 'perf.cpus'),
    flag('repeatable', 'perf.tracepoint'),
    flag('switch', 'perf.disable-hardware-profilers'),
    flag('repeatable', 'perf.hardware-profilers'),
    flag('switch', 'perf.disable-software-profilers'),
    flag('repeatable', 'perf.software-profilers'),
    flag('switch', 'perf.disable-cache-profilers'),
    flag('repeatable', 'perf.cache-profilers'),
  ),
  onDemand('runit', DEPRECATED, flag('value', 'runit.servicedir')),
  onDemand('supervisord', DEPRECATED, flag('value', 'supervisord.url')),
  onDefault('tapestats', RARE, flag('value', 'tapestats.ignored-devices')),
  onDefault('xfs', RARE),
];
