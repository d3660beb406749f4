import { counter, gauge } from '../../metrics/metric-definition.js';
import type { CollectorLog, CollectorSpec } from '../collector.js';
import type { FileTree, HostFiles } from '../host-files.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { nameFilter } from '../name-filter.js';
import { parseWhole } from '../numbers.js';
import { wholeIfAny } from '../sysfs-values.js';
import { takeTurns } from '../take-turns.js';
import { parseUdevProperties, setUdevInfo, type UdevProperties } from './disk-udev.js';

/** Sectors in /proc/diskstats have 512 bytes, independent of the device's sectors. */
const SECTOR_BYTES = 512;
/** A factor and not a divisor, like upstream's: the last digits of the products differ. */
const SECONDS_PER_MILLISECOND = 0.001;

/**
 * The numbers behind the name of a device in their order, with what they are multiplied by; older kernels have fewer.
 */
const NUMBERS = [
  [counter('node_disk_reads_completed_total', 'The total number of reads completed successfully.', ['device']), 1],
  [counter('node_disk_reads_merged_total', 'The total number of reads merged.', ['device']), 1],
  [counter('node_disk_read_bytes_total', 'The total number of bytes read successfully.', ['device']), SECTOR_BYTES],
  [
    counter('node_disk_read_time_seconds_total', 'The total number of seconds spent by all reads.', ['device']),
    SECONDS_PER_MILLISECOND,
  ],
  [counter('node_disk_writes_completed_total', 'The total number of writes completed successfully.', ['device']), 1],
  [counter('node_disk_writes_merged_total', 'The number of writes merged.', ['device']), 1],
  [
    counter('node_disk_written_bytes_total', 'The total number of bytes written successfully.', ['device']),
    SECTOR_BYTES,
  ],
  [
    counter('node_disk_write_time_seconds_total', 'This is the total number of seconds spent by all writes.', [
      'device',
    ]),
    SECONDS_PER_MILLISECOND,
  ],
  [gauge('node_disk_io_now', 'The number of I/Os currently in progress.', ['device']), 1],
  [counter('node_disk_io_time_seconds_total', 'Total seconds spent doing I/Os.', ['device']), SECONDS_PER_MILLISECOND],
  [
    counter('node_disk_io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.', ['device']),
    SECONDS_PER_MILLISECOND,
  ],
  [
    counter('node_disk_discards_completed_total', 'The total number of discards completed successfully.', ['device']),
    1,
  ],
  [counter('node_disk_discards_merged_total', 'The total number of discards merged.', ['device']), 1],
  [counter('node_disk_discarded_sectors_total', 'The total number of sectors discarded successfully.', ['device']), 1],
  [
    counter('node_disk_discard_time_seconds_total', 'This is the total number of seconds spent by all discards.', [
      'device',
    ]),
    SECONDS_PER_MILLISECOND,
  ],
  [
    counter('node_disk_flush_requests_total', 'The total number of flush requests completed successfully', ['device']),
    1,
  ],
  [
    counter(
      'node_disk_flush_requests_time_seconds_total',
      'This is the total number of seconds spent by all flush requests.',
      ['device'],
    ),
    SECONDS_PER_MILLISECOND,
  ],
] as const;

const info = gauge('node_disk_info', 'Info of /sys/block/<block_device>.', [
  'device',
  'major',
  'minor',
  'path',
  'wwn',
  'model',
  'serial',
  'revision',
  'rotational',
]);

/** /proc/diskstats, with what udev knows of each device. */
export const diskstats: CollectorSpec = {
  name: 'diskstats',
  isDefault: true,
  flags: [
    {
      name: 'diskstats.device-exclude',
      kind: 'value',
      default: '^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$',
      help: 'Regular expression of the devices to leave out.',
    },
    {
      name: 'diskstats.device-include',
      kind: 'value',
      default: '',
      help: 'Regular expression of the devices to report.',
    },
    {
      name: 'diskstats.ignored-devices',
      kind: 'value',
      default: '',
      isHidden: true,
      help: 'Older name of --collector.diskstats.device-exclude.',
    },
  ],
  create: (options, { log, clock }) => {
    const isWanted = nameFilter(options, {
      include: 'diskstats.device-include',
      exclude: 'diskstats.device-exclude',
      oldExclude: 'diskstats.ignored-devices',
      bothGiven: 'device-exclude & device-include are mutually exclusive',
    });
    return {
      collect: ({ metrics, files, signal }) => {
        const step = (line: string): void => {
          const [major = '', minor = '', device, ...numbers] = wordsOf(line);
          if (device === undefined) {
            metrics.passOver(`unexpected line in /proc/diskstats: "${line}"`);
            return;
          }
          if (!isWanted(device)) return;
          setNumbers(metrics, device, numbers);
          setInfo({ metrics, files, log }, { device, major, minor });
        };
        return takeTurns(linesOf(files.proc.text('diskstats')), clock, step, signal);
      },
    };
  },
};

function setNumbers(metrics: MetricSink, device: string, numbers: readonly string[]): void {
  for (const [index, [metric, factor]] of NUMBERS.entries()) {
    const number = numbers[index];
    if (number !== undefined) metrics.setWith(metric, { device }, parseWhole(number) * factor);
  }
}

interface Device {
  readonly device: string;
  readonly major: string;
  readonly minor: string;
}

function setInfo(
  { metrics, files, log }: { metrics: MetricSink; files: HostFiles; log: CollectorLog },
  { device, major, minor }: Device,
): void {
  const udev = udevOf(files.udev, `b${major}:${minor}`);
  const property = (name: string): string => udev.get(name) ?? '';
  const serials = ['SCSI_IDENT_SERIAL', 'ID_SERIAL_SHORT', 'ID_SERIAL'].map(property);
  metrics.setWith(
    info,
    {
      device,
      major,
      minor,
      path: property('ID_PATH'),
      wwn: property('ID_WWN'),
      model: property('ID_MODEL'),
      serial: serials.find((serial) => serial !== '') ?? '',
      revision: property('ID_REVISION'),
      // Anything that is no number counts as 0, as upstream has it.
      rotational: String(wholeIfAny(files.sys, `block/${device}/queue/rotational`) || 0),
    },
    1,
  );
  setUdevInfo(metrics, device, { udev, log });
}

/** Without udev, in a container for example, there are no properties. */
function udevOf(tree: FileTree, name: string): UdevProperties {
  return parseUdevProperties(tree.textIfAny(name) ?? '');
}
