import { basename, dirname } from 'node:path/posix';
import type { FileTree } from '../host-files.js';
import { namesOrNoData } from '../sysfs-values.js';
import { cleanName } from './hwmon-metric.js';

/** One chip with sensors. */
export interface HwmonChip {
  /** The label `chip`. */
  readonly chip: string;
  /** The chip's name by its driver, such as `coretemp`; undefined if the driver gives none. */
  readonly chipName: string | undefined;
  /** Relative to the root of sysfs. */
  readonly folder: string;
}

const FOLDER = 'class/hwmon';

/**
 * The chips below /sys/class/hwmon. The numbers of hwmon0, hwmon1 depend on the order in which modules were loaded, so
 * a chip is named after its device. Chips with the same device get the driver's name of the chip in addition, or the
 * number if that name is not unique either.
 */
export function findHwmonChips(sys: FileTree): readonly HwmonChip[] {
  const found = namesOrNoData(sys, FOLDER).flatMap((entry) => {
    const folder = `${FOLDER}/${entry}`;
    const chipName = cleanName(sys.value(`${folder}/name`) ?? '');
    const base = deviceName(sys, folder) ?? chipName;
    // Only folders are chips.
    if (sys.namesIfAny(folder).length === 0) return [];
    return [{ entry, folder, chipName, base: base === '' ? cleanName(basename(sys.realPath(folder) ?? entry)) : base }];
  });
  return found.map(({ entry, folder, chipName, base }) => {
    const rivals = found.filter((other) => other.base === base);
    const isNameTheirOwn = chipName !== '' && rivals.filter((other) => other.chipName === chipName).length === 1;
    const own = isNameTheirOwn ? chipName : cleanName(entry);
    return {
      chip: rivals.length === 1 ? base : `${base}_${own}`,
      chipName: chipName === '' ? undefined : chipName,
      folder,
    };
  });
}

/** `platform_coretemp_0`: the folder of the device and the one above. */
function deviceName(sys: FileTree, folder: string): string | undefined {
  const device = sys.realPath(`${folder}/device`);
  if (device === undefined) return undefined;
  const name = cleanName(basename(device));
  const bus = cleanName(basename(dirname(device)));
  if (name === '') return undefined;
  return bus === '' ? name : `${bus}_${name}`;
}
