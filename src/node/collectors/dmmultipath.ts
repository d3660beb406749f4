import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { namesOrNoData, wholeIfAny } from '../sysfs-values.js';

const DEVICE = ['device', 'sysfs_name'] as const;

const info = gauge('node_dmmultipath_device_info', 'Non-numeric information about a DM-multipath device.', [
  'device',
  'sysfs_name',
  'uuid',
]);
const active = gauge(
  'node_dmmultipath_device_active',
  'Whether the multipath device-mapper device is active (1) or suspended (0).',
  DEVICE,
);
const size = gauge(
  'node_dmmultipath_device_size_bytes',
  'Size of the multipath device in bytes, read from /sys/block/<dm>/size.',
  DEVICE,
);
const paths = gauge('node_dmmultipath_device_paths', 'Number of paths for a multipath device.', DEVICE);
const pathsActive = gauge(
  'node_dmmultipath_device_paths_active',
  'Number of paths in active state (SCSI running or NVMe live) for a multipath device.',
  DEVICE,
);
const pathsFailed = gauge(
  'node_dmmultipath_device_paths_failed',
  'Number of paths not in active state for a multipath device.',
  DEVICE,
);
const pathState = gauge(
  'node_dmmultipath_path_state',
  'Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.',
  ['device', 'path', 'state'],
);

const SECTOR_BYTES = 512;
/** The states of a path that can be used: of SCSI, and of NVMe. */
const USABLE: ReadonlySet<string> = new Set(['running', 'live']);

const FOLDER = 'block';

/** /sys/block/dm-<n>: disks with several paths, combined by the device mapper. */
export const dmmultipath: CollectorSpec = {
  name: 'dmmultipath',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      for (const name of namesOrNoData(scrape.files.sys, FOLDER)) {
        if (!name.startsWith('dm-')) continue;
        apart(scrape.metrics, () => {
          collectDisk(scrape, name);
        });
      }
    },
  }),
};

function collectDisk({ metrics, files: { sys } }: Scrape, sysfsName: string): void {
  const folder = `${FOLDER}/${sysfsName}`;
  const uuid = sys.value(`${folder}/dm/uuid`);
  if (uuid?.startsWith('mpath-') !== true) return;
  const device = sys.value(`${folder}/dm/name`);
  if (device === undefined) throw new Error(`${sysfsName} has no name`);
  const labels = { device, sysfs_name: sysfsName };
  metrics.setWith(info, { ...labels, uuid }, 1);
  const suspended = wholeIfAny(sys, `${folder}/dm/suspended`);
  if (suspended !== undefined) {
    metrics.setWith(active, labels, Number.isNaN(suspended) ? NaN : Number(suspended !== 1));
  }
  const sectors = wholeIfAny(sys, `${folder}/size`);
  if (sectors !== undefined) metrics.setWith(size, labels, sectors * SECTOR_BYTES);

  const slaves = sys.namesIfAny(`${folder}/slaves`);
  const states = slaves.map((path) => sys.value(`${FOLDER}/${path}/device/state`));
  for (const [index, path] of slaves.entries()) {
    const state = states[index];
    if (state === undefined) metrics.passOver(`the state of ${path} cannot be read`);
    else metrics.setWith(pathState, { device, path, state }, 1);
  }
  metrics.setWith(paths, labels, slaves.length);
  // A path whose state is not known counts neither as active nor as failed.
  metrics.setWith(pathsActive, labels, states.filter((state) => state !== undefined && USABLE.has(state)).length);
  metrics.setWith(pathsFailed, labels, states.filter((state) => state !== undefined && !USABLE.has(state)).length);
}
