import { counter, gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { compileFilter } from '../name-filter.js';
import { namesOrNoData, wholeIfAny } from '../sysfs-values.js';

const DEVICE = ['device'] as const;

/** The name of a drive as a whole; `nst0`, `st0a` and others are further ways to use it. */
const DRIVE = /^st\d+$/;
const SECONDS_PER_NANOSECOND = 0.000000001;

/** The metrics of the files in /sys/class/scsi_tape/<device>/stats, and by what a file's number is multiplied. */
const FILES = [
  ['in_flight', gauge('node_tape_io_now', 'The number of I/Os currently outstanding to this device.', DEVICE), 1],
  [
    'io_ns',
    counter(
      'node_tape_io_time_seconds_total',
      'The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.',
      DEVICE,
    ),
    SECONDS_PER_NANOSECOND,
  ],
  [
    'other_cnt',
    counter(
      'node_tape_io_others_total',
      'The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total',
      DEVICE,
    ),
    1,
  ],
  ['read_byte_cnt', counter('node_tape_read_bytes_total', 'The number of bytes read from the tape drive.', DEVICE), 1],
  [
    'read_cnt',
    counter('node_tape_reads_completed_total', 'The number of read requests issued to the tape drive.', DEVICE),
    1,
  ],
  [
    'read_ns',
    counter(
      'node_tape_read_time_seconds_total',
      'The amount of time spent waiting for read requests to complete.',
      DEVICE,
    ),
    SECONDS_PER_NANOSECOND,
  ],
  [
    'resid_cnt',
    counter(
      'node_tape_residual_total',
      'The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.',
      DEVICE,
    ),
    1,
  ],
  [
    'write_byte_cnt',
    counter('node_tape_written_bytes_total', 'The number of bytes written to the tape drive.', DEVICE),
    1,
  ],
  [
    'write_cnt',
    counter('node_tape_writes_completed_total', 'The number of write requests issued to the tape drive.', DEVICE),
    1,
  ],
  [
    'write_ns',
    counter(
      'node_tape_write_time_seconds_total',
      'The amount of time spent waiting for write requests to complete.',
      DEVICE,
    ),
    SECONDS_PER_NANOSECOND,
  ],
] as const;

const FOLDER = 'class/scsi_tape';

/** /sys/class/scsi_tape: the I/O statistics of tape drives. */
export const tapestats: CollectorSpec = {
  name: 'tapestats',
  isDefault: true,
  flags: [
    {
      kind: 'value',
      name: 'tapestats.ignored-devices',
      default: '^$',
      help: 'Regexp of devices to ignore for tapestats.',
    },
  ],
  create: (options) => {
    const isIgnored = compileFilter('tapestats.ignored-devices', options.text('tapestats.ignored-devices'));
    return {
      collect: ({ metrics, files: { sys } }) => {
        for (const device of namesOrNoData(sys, FOLDER)) {
          if (!DRIVE.test(device) || isIgnored?.(device) === true) continue;
          for (const [file, metric, factor] of FILES) {
            const value = wholeIfAny(sys, `${FOLDER}/${device}/stats/${file}`);
            if (value !== undefined) metrics.setWith(metric, { device }, value * factor);
          }
        }
      },
    };
  },
};
