import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorLog } from '../collector.js';
import type { MetricSink } from '../metric-sink.js';
import { parseDecimal } from '../numbers.js';

const filesystemInfo = gauge('node_disk_filesystem_info', 'Info about disk filesystem.', [
  'device',
  'type',
  'usage',
  'uuid',
  'version',
]);
const deviceMapperInfo = gauge('node_disk_device_mapper_info', 'Info about disk device mapper.', [
  'device',
  'name',
  'uuid',
  'vg_name',
  'lv_name',
  'lv_layer',
]);

/** Numbers of an ATA disk by the property that has them. */
const ATA = [
  ['ID_ATA_WRITE_CACHE', gauge('node_disk_ata_write_cache', 'ATA disk has a write cache.', ['device'])],
  [
    'ID_ATA_WRITE_CACHE_ENABLED',
    gauge('node_disk_ata_write_cache_enabled', 'ATA disk has its write cache enabled.', ['device']),
  ],
  [
    'ID_ATA_ROTATION_RATE_RPM',
    gauge('node_disk_ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).', ['device']),
  ],
] as const;

/** The properties of a device in udev's database, by their names. */
export type UdevProperties = ReadonlyMap<string, string>;

const PROPERTY = /^E:([^=]+)=(.*)$/gm;

/** The properties in a file of udev's database: lines `E:ID_FS_TYPE=ext4`. */
export function parseUdevProperties(text: string): UdevProperties {
  return new Map([...text.matchAll(PROPERTY)].map(([, name = '', value = '']) => [name, value]));
}

/** Reports udev's properties of a device other than its name. */
export function setUdevInfo(
  metrics: MetricSink,
  device: string,
  { udev, log }: { udev: UdevProperties; log: CollectorLog },
): void {
  const property = (name: string): string => udev.get(name) ?? '';
  if (property('ID_FS_TYPE') !== '') {
    const labels = {
      type: property('ID_FS_TYPE'),
      usage: property('ID_FS_USAGE'),
      uuid: property('ID_FS_UUID'),
      version: property('ID_FS_VERSION'),
    };
    metrics.setWith(filesystemInfo, { device, ...labels }, 1);
  }
  if (property('DM_NAME') !== '') {
    const labels = {
      name: property('DM_NAME'),
      uuid: property('DM_UUID'),
      vg_name: property('DM_VG_NAME'),
      lv_name: property('DM_LV_NAME'),
      lv_layer: property('DM_LV_LAYER'),
    };
    metrics.setWith(deviceMapperInfo, { device, ...labels }, 1);
  }
  if (property('ID_ATA') !== '') setAta(metrics, device, { udev, log });
}

function setAta(metrics: MetricSink, device: string, { udev, log }: { udev: UdevProperties; log: CollectorLog }): void {
  for (const [property, metric] of ATA) {
    const text = udev.get(property);
    if (text === undefined) continue;
    const value = parseDecimal(text);
    if (Number.isNaN(value))
      log.error('Failed to parse ATA value', { device, property, err: `"${text}" is no number` });
    metrics.setWith(metric, { device }, value);
  }
}
