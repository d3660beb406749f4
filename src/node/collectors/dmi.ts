import type { MetricFamily } from '../../metrics/metric-family.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { FileTree } from '../host-files.js';

/** Labels and the files below /sys/class/dmi/id that they come from, in the order of the labels. */
const FILES: Readonly<Record<string, string>> = {
  bios_date: 'bios_date',
  bios_release: 'bios_release',
  bios_vendor: 'bios_vendor',
  bios_version: 'bios_version',
  board_asset_tag: 'board_asset_tag',
  board_name: 'board_name',
  board_serial: 'board_serial',
  board_vendor: 'board_vendor',
  board_version: 'board_version',
  chassis_asset_tag: 'chassis_asset_tag',
  chassis_serial: 'chassis_serial',
  chassis_vendor: 'chassis_vendor',
  chassis_version: 'chassis_version',
  product_family: 'product_family',
  product_name: 'product_name',
  product_serial: 'product_serial',
  product_sku: 'product_sku',
  product_uuid: 'product_uuid',
  product_version: 'product_version',
  system_vendor: 'sys_vendor',
};

/** /sys/class/dmi/id; serial numbers and the like are there for root alone, their labels are missing otherwise. */
export const dmi: CollectorSpec = {
  name: 'dmi',
  isDefault: true,
  flags: [],
  create: () => {
    // The firmware says the same until the next boot, also where it says nothing.
    let known: MetricFamily | 'nothing' | undefined;
    return {
      collect: ({ metrics, files }) => {
        known ??= readDmi(files.sys) ?? 'nothing';
        if (known === 'nothing') throw new NoData('the platform has no Desktop Management Interface information');
        metrics.add(known);
      },
    };
  },
};

/** Undefined where there are none of the files. */
function readDmi(sys: FileTree): MetricFamily | undefined {
  const labels = Object.entries(FILES).flatMap(([name, file]) => {
    const value = sys.value(`class/dmi/id/${file}`);
    return value === undefined ? [] : [{ name, value }];
  });
  if (labels.length === 0) return undefined;
  return {
    name: 'node_dmi_info',
    help: `A metric with a constant '1' value labeled by ${Object.keys(FILES).join(', ')} if provided by DMI.`,
    type: 'gauge',
    samples: [{ kind: 'value', labels, value: 1 }],
  };
}
