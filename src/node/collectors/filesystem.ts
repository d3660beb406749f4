import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import type { CollectorFlag, CollectorOptions } from '../collector-options.js';
import type { HostFiles } from '../host-files.js';
import type { MetricSink } from '../metric-sink.js';
import { nameFilter } from '../name-filter.js';
import { findSlowMounts } from './local-file-systems.js';
import { askMountNow, type MountAnswer } from './mount-stats.js';
import { type Mount, parseMounts } from './mount-table.js';
import { SlowMounts } from './slow-mounts.js';

const LABELS = ['device', 'mountpoint', 'fstype', 'device_error'] as const;

const size = gauge('node_filesystem_size_bytes', 'Filesystem size in bytes.', LABELS);
const free = gauge('node_filesystem_free_bytes', 'Filesystem free space in bytes.', LABELS);
const avail = gauge('node_filesystem_avail_bytes', 'Filesystem space available to non-root users in bytes.', LABELS);
const files = gauge('node_filesystem_files', 'Filesystem total file nodes.', LABELS);
const filesFree = gauge('node_filesystem_files_free', 'Filesystem total free file nodes.', LABELS);
const purgeable = gauge(
  'node_filesystem_purgeable_bytes',
  'Filesystem space available including purgeable space (MacOS specific).',
  LABELS,
);
const readOnly = gauge('node_filesystem_readonly', 'Filesystem read-only status.', LABELS);
const deviceError = gauge(
  'node_filesystem_device_error',
  'Whether an error occurred while getting statistics for the given device.',
  LABELS,
);
const mountInfo = gauge('node_filesystem_mount_info', 'Filesystem mount information.', [
  'device',
  'major',
  'minor',
  'mountpoint',
]);

const FLAGS: readonly CollectorFlag[] = [
  {
    name: 'filesystem.mount-points-exclude',
    kind: 'value',
    default: '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
    help: 'Regular expression of the mount points to leave out.',
  },
  {
    name: 'filesystem.mount-points-include',
    kind: 'value',
    default: '',
    help: 'Regular expression of the mount points to report.',
  },
  {
    name: 'filesystem.fs-types-exclude',
    kind: 'value',
    default:
      '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$',
    help: 'Regular expression of the types of file systems to leave out.',
  },
  {
    name: 'filesystem.fs-types-include',
    kind: 'value',
    default: '',
    help: 'Regular expression of the types of file systems to report.',
  },
  {
    name: 'filesystem.mount-timeout',
    kind: 'value',
    default: '5s',
    holds: 'duration',
    help: 'How long a mount may take to answer before it counts as stuck.',
  },
  {
    name: 'filesystem.stat-workers',
    kind: 'value',
    default: '4',
    holds: 'number',
    help: 'Has no effect: mounts that may hang are asked side by side by a process of their own, up to 64 at once.',
  },
  {
    name: 'filesystem.ignored-mount-points',
    kind: 'value',
    default: '',
    isHidden: true,
    help: 'Older name of --collector.filesystem.mount-points-exclude.',
  },
  {
    name: 'filesystem.ignored-fs-types',
    kind: 'value',
    default: '',
    isHidden: true,
    help: 'Older name of --collector.filesystem.fs-types-exclude.',
  },
];

/** The mounts of the host's first process, each with what statfs(2) says of it. */
export const filesystem: CollectorSpec = {
  name: 'filesystem',
  isDefault: true,
  flags: FLAGS,
  create: (options, { clock, log }) => {
    const isWanted = mountFilter(options);
    const slowMounts = new SlowMounts({ timeoutSeconds: options.seconds('filesystem.mount-timeout'), clock, log });
    return {
      collect: async ({ metrics, files }) => {
        const all = readMounts(files);
        const slow = findSlowMounts(all);
        const ask = ({ mountpoint }: Mount): MountAnswer | Promise<MountAnswer> => {
          const path = files.root.root === '/' ? mountpoint : `${files.root.root}${mountpoint}`;
          return slow.has(mountpoint) ? slowMounts.ask(path) : askMountNow(path);
        };
        const asked = withoutRepeats(all.filter(isWanted)).map((mount) => ({ mount, answer: ask(mount) }));
        for (const { mount, answer } of asked) setMount(metrics, mount, await answer);
      },
      close: () => {
        slowMounts.close();
      },
    };
  },
};

function mountFilter(options: CollectorOptions): (mount: Mount) => boolean {
  const isPointWanted = nameFilter(options, {
    include: 'filesystem.mount-points-include',
    exclude: 'filesystem.mount-points-exclude',
    oldExclude: 'filesystem.ignored-mount-points',
    bothGiven:
      '--collector.filesystem.mount-points-exclude and --collector.filesystem.mount-points-include are mutually exclusive',
  });
  const isTypeWanted = nameFilter(options, {
    include: 'filesystem.fs-types-include',
    exclude: 'filesystem.fs-types-exclude',
    oldExclude: 'filesystem.ignored-fs-types',
    bothGiven:
      '--collector.filesystem.fs-types-exclude and --collector.filesystem.fs-types-include are mutually exclusive',
  });
  return ({ mountpoint, fstype }) => isPointWanted(mountpoint) && isTypeWanted(fstype);
}

/** Reads the mounts of process 1, or our own if process 1 is hidden (hidepid=). Mount points are paths of the host. */
function readMounts({ proc, root }: HostFiles): Mount[] {
  const mounts = parseMounts(proc.textIfAny('1/mountinfo') ?? proc.text('self/mountinfo'));
  return mounts.map((mount) => ({ ...mount, mountpoint: withoutPrefix(mount.mountpoint, root.root) }));
}

function withoutPrefix(mountpoint: string, rootfs: string): string {
  if (rootfs === '/' || !mountpoint.startsWith(rootfs)) return mountpoint;
  const rest = mountpoint.slice(rootfs.length);
  return rest === '' ? '/' : rest;
}

/** Leaves out mounts that would give the same series: the same thing may be mounted over itself. */
function withoutRepeats(mounts: readonly Mount[]): Mount[] {
  const byLabels = new Map<string, Mount>();
  for (const mount of mounts) {
    const key = JSON.stringify([mount.device, mount.mountpoint, mount.fstype]);
    if (!byLabels.has(key)) byLabels.set(key, mount);
  }
  return [...byLabels.values()];
}

function setMount(metrics: MetricSink, mount: Mount, answer: MountAnswer): void {
  const { device, mountpoint, fstype, major, minor } = mount;
  const labels = { device, mountpoint, fstype, device_error: answer.kind === 'error' ? answer.error : '' };
  metrics.setWith(deviceError, labels, answer.kind === 'error' ? 1 : 0);
  metrics.setWith(readOnly, labels, mount.isReadOnly ? 1 : 0);
  if (answer.kind === 'error') return;
  const { stats } = answer;
  metrics.setWith(size, labels, stats.blocks * stats.blockBytes);
  metrics.setWith(free, labels, stats.blocksFree * stats.blockBytes);
  metrics.setWith(avail, labels, stats.blocksAvailable * stats.blockBytes);
  metrics.setWith(files, labels, stats.files);
  metrics.setWith(filesFree, labels, stats.filesFree);
  metrics.setWith(purgeable, labels, 0);
  metrics.setWith(mountInfo, { device, major, minor, mountpoint }, 1);
}
