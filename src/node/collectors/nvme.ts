import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { namesOrNoData, wholeIfAny } from '../sysfs-values.js';

const info = gauge('node_nvme_info', 'Non-numeric data from /sys/class/nvme/<device>, value is always 1.', [
  'device',
  'firmware_revision',
  'model',
  'serial',
  'state',
  'cntlid',
]);
const namespaceInfo = gauge('node_nvme_namespace_info', 'Information about NVMe namespaces. Value is always 1', [
  'device',
  'nsid',
  'ana_state',
]);
const LABELS = ['device', 'nsid'] as const;
const capacity = gauge(
  'node_nvme_namespace_capacity_bytes',
  'Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size',
  LABELS,
);
const size = gauge(
  'node_nvme_namespace_size_bytes',
  'Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size',
  LABELS,
);
const used = gauge(
  'node_nvme_namespace_used_bytes',
  'Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse',
  LABELS,
);
const logicalBlockSize = gauge(
  'node_nvme_namespace_logical_block_size_bytes',
  'Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size',
  LABELS,
);

const FOLDER = 'class/nvme';

/** `nvme0n1`, or with multipath `nvme0c1n1`: the namespaces of a controller. */
const NAMESPACE = /^nvme\d+(?:c\d+)?n(\d+)$/;

/** /sys/class/nvme: the controllers and their namespaces. */
export const nvme: CollectorSpec = {
  name: 'nvme',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      const { metrics, files } = scrape;
      for (const device of namesOrNoData(files.sys, FOLDER)) {
        const about = (file: string): string => files.sys.value(`${FOLDER}/${device}/${file}`) ?? '';
        metrics.setWith(
          info,
          {
            device,
            firmware_revision: about('firmware_rev'),
            model: about('model'),
            serial: about('serial'),
            state: about('state'),
            cntlid: about('cntlid'),
          },
          1,
        );
        for (const name of files.sys.namesIfAny(`${FOLDER}/${device}`)) {
          const nsid = NAMESPACE.exec(name)?.[1];
          if (nsid !== undefined) collectNamespace(scrape, { device, nsid }, `${FOLDER}/${device}/${name}`);
        }
      }
    },
  }),
};

interface NamespaceLabels {
  readonly device: string;
  readonly nsid: string;
}

function collectNamespace({ metrics, files: { sys } }: Scrape, labels: NamespaceLabels, folder: string): void {
  metrics.setWith(namespaceInfo, { ...labels, ana_state: sys.value(`${folder}/ana_state`) ?? 'unknown' }, 1);
  const blockBytes = wholeIfAny(sys, `${folder}/queue/logical_block_size`);
  if (blockBytes === undefined) return;
  metrics.setWith(logicalBlockSize, labels, blockBytes);
  const blocks = wholeIfAny(sys, `${folder}/size`);
  if (blocks !== undefined) {
    metrics.setWith(capacity, labels, blocks * blockBytes);
    metrics.setWith(size, labels, blocks * blockBytes);
  }
  const usedBlocks = wholeIfAny(sys, `${folder}/nuse`);
  if (usedBlocks !== undefined) metrics.setWith(used, labels, usedBlocks * blockBytes);
}
