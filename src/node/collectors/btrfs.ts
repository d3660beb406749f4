import { join } from 'node:path/posix';
import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { apart, apartLater } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import type { HostFiles } from '../host-files.js';
import { BTRFS_ERRORS, type BtrfsDevice, btrfsFacts } from '../kernel/btrfs-devices.js';
import type { KernelCalls } from '../kernel/kernel-calls.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';
import { wholeIfAny } from '../sysfs-values.js';
import { parseMounts } from './mount-table.js';

const UUID = ['uuid'] as const;
const GROUP = ['uuid', 'block_group_type'] as const;
const LAYOUT = ['uuid', 'block_group_type', 'mode'] as const;

const info = gauge('node_btrfs_info', 'Filesystem information', ['uuid', 'label']);
const globalReserve = gauge('node_btrfs_global_rsv_size_bytes', 'Size of global reserve.', UUID);
const deviceSize = gauge('node_btrfs_device_size_bytes', 'Size of a device that is part of the filesystem.', [
  'uuid',
  'device',
]);
const ASKED = ['uuid', 'device', 'btrfs_dev_uuid'] as const;
const askedDeviceSize = gauge(deviceSize.name, deviceSize.help, ASKED);
const deviceUnused = gauge(
  'node_btrfs_device_unused_bytes',
  'Unused bytes unused on a device that is part of the filesystem.',
  ASKED,
);
const deviceErrors = counter('node_btrfs_device_errors_total', 'Errors reported for the device', [...ASKED, 'type']);
const reserved = gauge('node_btrfs_reserved_bytes', 'Amount of space reserved for a data type', GROUP);
const used = gauge('node_btrfs_used_bytes', 'Amount of used space by a layout/data type', LAYOUT);
const size = gauge('node_btrfs_size_bytes', 'Amount of space allocated for a layout/data type', LAYOUT);
const ratio = gauge('node_btrfs_allocation_ratio', 'Data allocation ratio for a layout/data type', LAYOUT);

/** The metrics of the lines of commit_stats, and what a number is divided by. */
const COMMITS: ReadonlyMap<string, readonly [MetricDefinition<'uuid'>, number]> = new Map([
  ['commits', [counter('node_btrfs_commits_total', 'The total number of commits that have occurred.', UUID), 1]],
  [
    'last_commit_ms',
    [gauge('node_btrfs_last_commit_seconds', 'Duration of the most recent commit, in seconds.', UUID), 1000],
  ],
  [
    'max_commit_ms',
    [gauge('node_btrfs_max_commit_seconds', 'Duration of the slowest commit, in seconds.', UUID), 1000],
  ],
  [
    'total_commit_ms',
    [counter('node_btrfs_commit_seconds_total', 'Sum of the duration of all commits, in seconds.', UUID), 1000],
  ],
]);

const SECTOR_BYTES = 512;
const FOLDER = 'fs/btrfs';
const GROUPS = ['data', 'metadata', 'system'] as const;

/** How many bytes a byte of data takes with a layout of `devices` devices; 0 for one not known here, as in upstream. */
const RATIOS: ReadonlyMap<string, (devices: number) => number> = new Map([
  ['single', () => 1],
  ['raid0', () => 1],
  ['dup', () => 2],
  ['raid1', () => 2],
  ['raid10', () => 2],
  ['raid1c3', () => 3],
  ['raid1c4', () => 4],
  ['raid5', (devices: number) => devices / (devices - 1)],
  ['raid6', (devices: number) => devices / (devices - 2)],
]);

/**
 * /sys/fs/btrfs/<uuid>: mounted file systems of this kind. Free space and errors of devices come from ioctl(2); without
 * the addon, or the right to open the mount, only the size of each device is reported.
 */
export const btrfs: CollectorSpec = {
  name: 'btrfs',
  isDefault: true,
  flags: [],
  create: (_options, { kernel }) => {
    const loaded = kernel();
    return {
      collect: async (scrape) => {
        const { metrics, files } = scrape;
        const names = files.sys.namesIfAny(FOLDER).filter((name) => name.includes('-'));
        const known =
          names.length === 0 || 'missing' in loaded ? new Map() : await askMounted(loaded.calls, files, metrics);
        for (const name of names) {
          apart(metrics, () => {
            collectFileSystem(scrape, name, known);
          });
        }
      },
    };
  },
};

/** The devices of the file systems by their ids. */
type KnownDevices = ReadonlyMap<string, readonly BtrfsDevice[]>;

/** Asks each btrfs at the first of its mounts that may be opened. */
async function askMounted(calls: KernelCalls, files: HostFiles, metrics: MetricSink): Promise<KnownDevices> {
  const known = new Map<string, readonly BtrfsDevice[]>();
  const asked = new Set<string>();
  for (const mount of parseMounts(files.proc.textIfAny('1/mountinfo') ?? '')) {
    const id = `${mount.major}:${mount.minor}`;
    if (mount.fstype !== 'btrfs' || asked.has(id)) continue;
    await apartLater(metrics, async () => {
      const { fsid, devices } = await btrfsFacts(calls, placeOf(mount.mountpoint, files.root.root));
      known.set(fsid, devices);
      asked.add(id);
    });
  }
  return known;
}

/** The path of a host's mount from this process: below `rootfs`, unless the path already is. */
function placeOf(mountpoint: string, rootfs: string): string {
  return rootfs === '/' || mountpoint.startsWith(rootfs) ? mountpoint : join(rootfs, mountpoint);
}

function collectFileSystem(scrape: Scrape, name: string, known: KnownDevices): void {
  const {
    metrics,
    files: { sys },
  } = scrape;
  const folder = `${FOLDER}/${name}`;
  const uuid = sys.value(`${folder}/metadata_uuid`) || name;
  metrics.setWith(info, { uuid, label: sys.value(`${folder}/label`) ?? '' }, 1);
  const reserve = wholeIfAny(sys, `${folder}/allocation/global_rsv_size`);
  if (reserve !== undefined) metrics.setWith(globalReserve, { uuid }, reserve);
  setCommits(scrape, `${folder}/commit_stats`, uuid);
  const devices = sys.namesIfAny(`${folder}/devices`);
  const asked = known.get(uuid.replaceAll('-', ''));
  if (asked !== undefined) setDevices(metrics, uuid, asked);
  for (const device of asked === undefined ? devices : []) {
    const sectors = wholeIfAny(sys, `${folder}/devices/${device}/size`);
    if (sectors !== undefined) metrics.setWith(deviceSize, { uuid, device }, sectors * SECTOR_BYTES);
  }
  for (const group of GROUPS) {
    collectGroup(scrape, `${folder}/allocation/${group}`, { uuid, group, devices: devices.length });
  }
}

function setDevices(metrics: MetricSink, uuid: string, devices: readonly BtrfsDevice[]): void {
  for (const { name, uuid: btrfs_dev_uuid, sizeBytes, usedBytes, errors } of devices) {
    const labels = { uuid, device: name, btrfs_dev_uuid };
    metrics.setWith(askedDeviceSize, labels, sizeBytes);
    metrics.setWith(deviceUnused, labels, sizeBytes - usedBytes);
    for (const [index, count] of errors.entries()) {
      metrics.setWith(deviceErrors, { ...labels, type: BTRFS_ERRORS[index] ?? '' }, count);
    }
  }
}

/** Sets the metrics of lines such as `max_commit_ms 51462`. Old kernels have no such file; upstream shows 0 there. */
function setCommits({ metrics, files: { sys } }: Scrape, path: string, uuid: string): void {
  const text = sys.textIfAny(path);
  if (text === undefined) for (const [metric] of COMMITS.values()) metrics.setWith(metric, { uuid }, 0);
  for (const line of linesOf(text ?? '')) {
    const [key = '', number = ''] = wordsOf(line);
    const [metric, divisor = 1] = COMMITS.get(key) ?? [];
    if (metric !== undefined) metrics.setWith(metric, { uuid }, parseWhole(number) / divisor);
  }
}

/** A block group type of a file system. */
interface Group {
  readonly uuid: string;
  readonly group: string;
  readonly devices: number;
}

function collectGroup({ metrics, files: { sys } }: Scrape, folder: string, { uuid, group, devices }: Group): void {
  const labels = { uuid, block_group_type: group };
  const bytes = wholeIfAny(sys, `${folder}/bytes_reserved`);
  if (bytes !== undefined) metrics.setWith(reserved, labels, bytes);
  for (const mode of sys.namesIfAny(folder)) {
    // The other names in the folder are files.
    const total = wholeIfAny(sys, `${folder}/${mode}/total_bytes`);
    const taken = wholeIfAny(sys, `${folder}/${mode}/used_bytes`);
    if (total === undefined && taken === undefined) continue;
    if (taken !== undefined) metrics.setWith(used, { ...labels, mode }, taken);
    if (total !== undefined) metrics.setWith(size, { ...labels, mode }, total);
    metrics.setWith(ratio, { ...labels, mode }, RATIOS.get(mode)?.(devices) ?? 0);
  }
}
