import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { parseWhole } from '../numbers.js';
import { textOrNoData, wholeIfAny } from '../sysfs-values.js';
import { MD_STATES, parseMdstat } from './parse-mdstat.js';

const DEVICE = ['device'] as const;
const state = gauge('node_md_state', 'Indicates the state of md-device.', ['device', 'state']);
const disks = gauge('node_md_disks', 'Number of active/failed/spare disks of device.', ['device', 'state']);
const disksRequired = gauge('node_md_disks_required', 'Total number of disks of device.', DEVICE);
const blocks = gauge('node_md_blocks', 'Total number of blocks on device.', DEVICE);
const blocksSynced = gauge('node_md_blocks_synced', 'Number of blocks synced on device.', DEVICE);
const raidDisks = gauge('node_md_raid_disks', 'Number of raid disks on device.', DEVICE);
const degraded = gauge('node_md_degraded', 'Number of degraded disks on device.', DEVICE);

/** Software RAID: /proc/mdstat, and /sys/block/md*\/md for what it does not tell. */
export const mdadm: CollectorSpec = {
  name: 'mdadm',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      collectMdstat(scrape);
      collectSysfs(scrape);
    },
  }),
};

function collectMdstat({ metrics, files }: Scrape): void {
  for (const array of parseMdstat(textOrNoData(files.proc, 'mdstat'), metrics.passOver)) {
    const { device } = array;
    for (const name of MD_STATES) metrics.setWith(state, { device, state: name }, array.state === name ? 1 : 0);
    metrics.setWith(disks, { device, state: 'active' }, array.disksActive);
    metrics.setWith(disks, { device, state: 'failed' }, array.disksFailed);
    metrics.setWith(disks, { device, state: 'spare' }, array.disksSpare);
    metrics.setWith(disksRequired, { device }, array.disksRequired);
    metrics.setWith(blocks, { device }, array.blocks);
    metrics.setWith(blocksSynced, { device }, array.blocksSynced);
  }
}

function collectSysfs({ metrics, files: { sys } }: Scrape): void {
  for (const device of sys.namesIfAny('block')) {
    if (!device.startsWith('md')) continue;
    const total = sys.value(`block/${device}/md/raid_disks`);
    if (total === undefined) continue;
    // While an array is reshaped, the previous number follows in parentheses: `4 (3)`.
    metrics.setWith(raidDisks, { device }, parseWhole(total.replace(/ \(\d+\)$/, '')));
    // Levels without redundancy have no such file; they cannot be degraded.
    metrics.setWith(degraded, { device }, wholeIfAny(sys, `block/${device}/md/degraded`) ?? 0);
  }
}
