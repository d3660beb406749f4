import type { CollectorSpec } from './collector.js';
import { bonding } from './collectors/bonding.js';
import { dmi } from './collectors/dmi.js';
import { edac } from './collectors/edac.js';
import { hwmon } from './collectors/hwmon.js';
import { interrupts } from './collectors/interrupts.js';
import { loadavg } from './collectors/loadavg.js';
import { mdadm } from './collectors/mdadm.js';
import { nvme } from './collectors/nvme.js';
import { powersupplyclass } from './collectors/powersupplyclass.js';
import { rapl } from './collectors/rapl.js';
import { softirqs } from './collectors/softirqs.js';
import { swap } from './collectors/swap.js';
import { thermalZone } from './collectors/thermal-zone.js';
import { watchdog } from './collectors/watchdog.js';

/** Every collector of this build, in the order of their names. */
export const ALL_COLLECTORS: readonly CollectorSpec[] = [
  bonding,
  dmi,
  edac,
  hwmon,
  interrupts,
  loadavg,
  mdadm,
  nvme,
  powersupplyclass,
  rapl,
  softirqs,
  swap,
  thermalZone,
  watchdog,
];
