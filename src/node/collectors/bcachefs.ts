import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import { cleanMetricName } from '../clean-metric-name.js';
import { type CollectorSpec, NoData, type Scrape } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { parseDecimal, parseWhole } from '../numbers.js';
import { namesOrNoData, wholeIfAny } from '../sysfs-values.js';
import { takeTurns } from '../take-turns.js';

const UUID = ['uuid'] as const;
const DEVICE = ['uuid', 'device'] as const;

const info = gauge('node_bcachefs_info', 'Filesystem information.', UUID);
const cacheSize = gauge('node_bcachefs_btree_cache_size_bytes', 'Btree cache memory usage in bytes.', UUID);
const compressed = gauge('node_bcachefs_compression_compressed_bytes', 'Compressed size by algorithm.', [
  'uuid',
  'algorithm',
]);
const uncompressed = gauge('node_bcachefs_compression_uncompressed_bytes', 'Uncompressed size by algorithm.', [
  'uuid',
  'algorithm',
]);
const errors = counter('node_bcachefs_errors_total', 'Error count by error type.', ['uuid', 'error_type']);
const writes = counter('node_bcachefs_btree_writes_total', 'Number of btree writes by type.', ['uuid', 'type']);
const writeSize = gauge('node_bcachefs_btree_write_average_size_bytes', 'Average btree write size by type.', [
  'uuid',
  'type',
]);
const deviceInfo = gauge('node_bcachefs_device_info', 'Device information.', [...DEVICE, 'label', 'state']);
const bucketSize = gauge('node_bcachefs_device_bucket_size_bytes', 'Bucket size in bytes.', DEVICE);
const buckets = gauge('node_bcachefs_device_buckets', 'Total number of buckets.', DEVICE);
const durability = gauge('node_bcachefs_device_durability', 'Device durability setting.', DEVICE);
const ioDone = counter('node_bcachefs_device_io_done_bytes_total', 'IO bytes by operation type and data type.', [
  ...DEVICE,
  'operation',
  'data_type',
]);
const ioErrors = counter('node_bcachefs_device_io_errors_total', 'IO errors by error type.', [...DEVICE, 'type']);

const FOLDER = 'fs/bcachefs';
const DEVICE_NAME = /^dev-(.*)$/;
const SINCE_CREATION = /^since filesystem creation:(.*)$/m;

/** /sys/fs/bcachefs/<uuid>: the file systems of this kind that are mounted. */
export const bcachefs: CollectorSpec = {
  name: 'bcachefs',
  isDefault: true,
  flags: [],
  create: (_options, { clock }) => {
    return {
      collect: async (scrape) => {
        const uuids = namesOrNoData(scrape.files.sys, FOLDER);
        if (uuids.length === 0) throw new NoData('no bcachefs is mounted');
        await takeTurns(partsOf(scrape, uuids), clock, (part) => {
          apart(scrape.metrics, part);
        });
      },
    };
  },
};

/** Yields one read for each file or device: a file system has some two hundred files. */
function* partsOf(scrape: Scrape, uuids: readonly string[]): Generator<() => void> {
  const {
    metrics,
    files: { sys },
  } = scrape;
  // Two file systems have the same counters.
  const counters = new Map<string, MetricDefinition<'uuid'>>();
  for (const uuid of uuids) {
    const folder = `${FOLDER}/${uuid}`;
    const names = sys.namesIfAny(folder);
    if (names.length === 0) continue;
    metrics.setWith(info, { uuid }, 1);
    yield () => {
      collectTables(scrape, uuid);
    };
    for (const name of sys.namesIfAny(`${folder}/counters`)) {
      yield () => {
        setCounter(scrape, { uuid, name, counters });
      };
    }
    for (const [, device] of names.flatMap((name) => [DEVICE_NAME.exec(name) ?? []])) {
      if (device === undefined) continue;
      yield () => {
        collectDevice(scrape, { uuid, device });
      };
    }
  }
}

function collectTables({ metrics, files: { sys } }: Scrape, uuid: string): void {
  const folder = `${FOLDER}/${uuid}`;
  const size = sys.value(`${folder}/btree_cache_size`);
  if (size !== undefined) metrics.setWith(cacheSize, { uuid }, parseSize(size));
  for (const [name = '', first, second] of rowsOf(sys.textIfAny(`${folder}/compression_stats`)).slice(1)) {
    if (second === undefined || first === undefined) continue;
    const algorithm = withoutColon(name);
    metrics.setWith(compressed, { uuid, algorithm }, parseSize(first));
    metrics.setWith(uncompressed, { uuid, algorithm }, parseSize(second));
  }
  for (const [error_type = '', count] of rowsOf(sys.textIfAny(`${folder}/errors`))) {
    if (count !== undefined) metrics.setWith(errors, { uuid, error_type }, parseWhole(count));
  }
  for (const [name = '', count, bytes] of rowsOf(sys.textIfAny(`${folder}/btree_write_stats`)).slice(1)) {
    if (bytes === undefined || count === undefined) continue;
    const type = withoutColon(name);
    metrics.setWith(writes, { uuid, type }, parseWhole(count));
    metrics.setWith(writeSize, { uuid, type }, parseSize(bytes));
  }
}

/** A counter of a file system, and the metrics of the counters that were met. */
interface CounterFile {
  readonly uuid: string;
  readonly name: string;
  readonly counters: Map<string, MetricDefinition<'uuid'>>;
}

function setCounter({ metrics, files: { sys } }: Scrape, { uuid, name, counters }: CounterFile): void {
  const text = sys.textIfAny(`${FOLDER}/${uuid}/counters/${name}`);
  if (text === undefined) return;
  const value = SINCE_CREATION.exec(text)?.[1];
  if (value === undefined) throw new Error(`the counter ${name} of a bcachefs says nothing`);
  let metric = counters.get(name);
  if (metric === undefined) {
    metric = counter(
      `node_bcachefs_${cleanMetricName(name)}_total`,
      `Bcachefs counter ${name} since filesystem creation.`,
      UUID,
    );
    counters.set(name, metric);
  }
  metrics.setWith(metric, { uuid }, parseSize(value.trim()));
}

function collectDevice(
  { metrics, files: { sys } }: Scrape,
  labels: { readonly uuid: string; readonly device: string },
): void {
  const folder = `${FOLDER}/${labels.uuid}/dev-${labels.device}`;
  const about = (file: string): string => sys.value(`${folder}/${file}`) ?? '';
  metrics.setWith(deviceInfo, { ...labels, label: about('label'), state: about('state') }, 1);
  const size = about('bucket_size');
  if (size !== '') metrics.setWith(bucketSize, labels, parseSize(size));
  for (const [file, metric] of [
    ['nbuckets', buckets],
    ['durability', durability],
  ] as const) {
    const value = wholeIfAny(sys, `${folder}/${file}`);
    if (value !== undefined) metrics.setWith(metric, labels, value);
  }
  for (const { operation, name, value } of ioRowsOf(sys.textIfAny(`${folder}/io_done`))) {
    metrics.setWith(ioDone, { ...labels, operation, data_type: name }, value);
  }
  for (const [type, value] of ioErrorsOf(sys.textIfAny(`${folder}/io_errors`))) {
    metrics.setWith(ioErrors, { ...labels, type }, value);
  }
}

/** Yields the rows below `read:` and `write:`, each `btree  : 5242880`. */
function* ioRowsOf(
  text = '',
): Generator<{ readonly operation: string; readonly name: string; readonly value: number }> {
  let operation: string | undefined;
  for (const line of linesOf(text)) {
    const [name = '', value = ''] = line.split(':', 2).map((part) => part.trim());
    if (value === '' && (name === 'read' || name === 'write')) operation = name;
    else if (operation !== undefined && line.includes(':')) yield { operation, name, value: parseWhole(value) };
  }
}

/** Yields the counts since the file system was made, each `checksum:0`; those since the last reset follow them. */
function* ioErrorsOf(text = ''): Generator<readonly [type: string, value: number]> {
  let isWanted = false;
  for (const line of linesOf(text)) {
    if (line.startsWith('IO errors since ')) {
      if (isWanted) return;
      isWanted = line.startsWith('IO errors since filesystem creation');
    } else if (isWanted && line.includes(':')) {
      const [type = '', value = ''] = line.split(':', 2).map((part) => part.trim());
      yield [type, parseWhole(value)];
    }
  }
}

function rowsOf(text = ''): readonly (readonly string[])[] {
  return linesOf(text).map(wordsOf);
}

function withoutColon(name: string): string {
  return name.endsWith(':') ? name.slice(0, -1) : name;
}

const SIZE = /^(\S*?)([kmgtpe]?)$/i;
const UNITS = 'kmgtpe';
const PER_UNIT = 1024;

/** Parses `1.26k`, `2.05G` or `697`: bytes, or a count. Returns NaN for anything else. */
function parseSize(text: string): number {
  const [, number = '', unit = ''] = SIZE.exec(text) ?? [];
  const factor = unit === '' ? 1 : PER_UNIT ** (UNITS.indexOf(unit.toLowerCase()) + 1);
  return Math.trunc(parseDecimal(number) * factor);
}
