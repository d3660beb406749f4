import type { Files } from './host-tree.js';

const FOLDER = 'sys/devices/pci0000:00/0000:00:08.1/0000:09:00.0';

/** A card with the driver amdgpu, as upstream's fixtures do not have it. */
export const GRAPHICS_CARD: Files = {
  'sys/class/drm/card0': '-> ../../devices/pci0000:00/0000:00:08.1/0000:09:00.0/drm/card0',
  [`${FOLDER}/drm/card0/device`]: '-> ../..',
  [`${FOLDER}/uevent`]: 'DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_SLOT_NAME=0000:09:00.0\n',
  [`${FOLDER}/gpu_busy_percent`]: '4\n',
  [`${FOLDER}/mem_info_gtt_total`]: '8573157376\n',
  [`${FOLDER}/mem_info_gtt_used`]: '144560128\n',
  [`${FOLDER}/mem_info_vis_vram_total`]: '8573157375\n',
  [`${FOLDER}/mem_info_vis_vram_used`]: '1490378752\n',
  [`${FOLDER}/mem_info_vram_total`]: '8573157374\n',
  [`${FOLDER}/mem_info_vram_used`]: '1490378751\n',
  [`${FOLDER}/mem_info_vram_vendor`]: 'samsung\n',
  [`${FOLDER}/power_dpm_force_performance_level`]: 'manual\n',
  [`${FOLDER}/unique_id`]: '0123456789abcdef\n',
};
