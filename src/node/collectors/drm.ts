import { basename, dirname } from 'node:path/posix';
import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { wholeIfAny } from '../sysfs-values.js';
import { cleanName } from './hwmon-metric.js';

const CARD = ['card'] as const;
const INFO = ['card', 'memory_vendor', 'power_performance_level', 'unique_id', 'vendor'] as const;

const info = gauge('node_drm_card_info', 'Card information', INFO);
const infoWithChip = gauge('node_drm_card_info', 'Card information', [...INFO, 'chip']);

/** The metrics of the files of a card's device. Not every card has all of them. */
const FILES = [
  ['gpu_busy_percent', gauge('node_drm_gpu_busy_percent', 'How busy the GPU is as a percentage.', CARD)],
  [
    'mem_info_gtt_total',
    gauge('node_drm_memory_gtt_size_bytes', 'The size of the graphics translation table (GTT) block in bytes.', CARD),
  ],
  [
    'mem_info_gtt_used',
    gauge(
      'node_drm_memory_gtt_used_bytes',
      'The used amount of the graphics translation table (GTT) block in bytes.',
      CARD,
    ),
  ],
  ['mem_info_vram_total', gauge('node_drm_memory_vram_size_bytes', 'The size of VRAM in bytes.', CARD)],
  ['mem_info_vram_used', gauge('node_drm_memory_vram_used_bytes', 'The used amount of VRAM in bytes.', CARD)],
  ['mem_info_vis_vram_total', gauge('node_drm_memory_vis_vram_size_bytes', 'The size of visible VRAM in bytes.', CARD)],
  [
    'mem_info_vis_vram_used',
    gauge('node_drm_memory_vis_vram_used_bytes', 'The used amount of visible VRAM in bytes.', CARD),
  ],
] as const;

const FOLDER = 'class/drm';
/** `card0`; not `card0-HDMI-A-1`, which is a socket of it. */
const CARD_NAME = /^card\d$/;

/** /sys/class/drm: graphics cards by amdgpu, the driver that tells these facts. */
export const drm: CollectorSpec = {
  name: 'drm',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: (scrape) => {
      for (const card of scrape.files.sys.namesIfAny(FOLDER)) {
        if (!CARD_NAME.test(card)) continue;
        apart(scrape.metrics, () => {
          collectCard(scrape, card);
        });
      }
    },
  }),
};

function collectCard({ metrics, files: { sys } }: Scrape, card: string): void {
  const folder = `${FOLDER}/${card}/device`;
  if (sys.value(`${folder}/uevent`)?.includes('DRIVER=amdgpu') !== true) return;
  const about = (file: string): string => sys.value(`${folder}/${file}`) ?? '';
  const labels = {
    card,
    memory_vendor: about('mem_info_vram_vendor'),
    power_performance_level: about('power_dpm_force_performance_level'),
    unique_id: about('unique_id'),
    vendor: 'amd',
  };
  const chip = chipOf(sys.realPath(folder));
  if (chip === '') metrics.setWith(info, labels, 1);
  else metrics.setWith(infoWithChip, { ...labels, chip }, 1);
  for (const [file, metric] of FILES) {
    const value = wholeIfAny(sys, `${folder}/${file}`);
    if (value !== undefined) metrics.setWith(metric, { card }, value);
  }
}

/** `/sys/devices/pci0000:00/0000:00:08.1` → `pci0000:00_0000:00:08_1`, as `hwmon` names the chip of the same card. */
function chipOf(path: string | undefined): string {
  if (path === undefined) return '';
  return [basename(dirname(path)), basename(path)]
    .map(cleanName)
    .filter((name) => name !== '')
    .join('_');
}
