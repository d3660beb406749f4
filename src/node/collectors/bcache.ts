import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec, Scrape } from '../collector.js';
import { parseHumanNumber } from '../human-number.js';
import { linesOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

const UUID = ['uuid'] as const;
const BACKING = ['backing_device', 'uuid'] as const;
const CACHE = ['cache_device', 'uuid'] as const;

/** The metrics of the files of a set of caches. */
const SET_FILES = [
  [
    'average_key_size',
    gauge('node_bcache_average_key_size_sectors', 'Average data per key in the btree (sectors).', UUID),
  ],
  [
    'btree_cache_size',
    gauge('node_bcache_btree_cache_size_bytes', 'Amount of memory currently used by the btree cache.', UUID),
  ],
  [
    'cache_available_percent',
    gauge(
      'node_bcache_cache_available_percent',
      'Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).',
      UUID,
    ),
  ],
  ['congested', gauge('node_bcache_congested', 'Congestion.', UUID)],
  [
    'root_usage_percent',
    gauge(
      'node_bcache_root_usage_percent',
      'Percentage of the root btree node in use (tree depth increases if too high).',
      UUID,
    ),
  ],
  ['tree_depth', gauge('node_bcache_tree_depth', 'Depth of the btree.', UUID)],
  [
    'internal/active_journal_entries',
    gauge('node_bcache_active_journal_entries', 'Number of journal entries that are newer than the index.', UUID),
  ],
  ['internal/btree_nodes', gauge('node_bcache_btree_nodes', 'Total nodes in the btree.', UUID)],
  [
    'internal/cache_read_races',
    counter(
      'node_bcache_cache_read_races_total',
      'Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.',
      UUID,
    ),
  ],
] as const;

const readDuration = gauge('node_bcache_btree_read_average_duration_seconds', 'Average btree read duration.', UUID);
/** The file's name says microseconds; upstream takes its number for nanoseconds. */
const SECONDS_PER_NANOSECOND = 1e-9;

/** The metrics of the files of a backing device, which the caches are for. */
const BACKING_FILES = [
  [
    'dirty_data',
    gauge('node_bcache_dirty_data_bytes', 'Amount of dirty data for this backing device in the cache.', BACKING),
  ],
  [
    'stats_total/bypassed',
    counter(
      'node_bcache_bypassed_bytes_total',
      'Amount of IO (both reads and writes) that has bypassed the cache.',
      BACKING,
    ),
  ],
  [
    'stats_total/cache_hits',
    counter('node_bcache_cache_hits_total', 'Hits counted per individual IO as bcache sees them.', BACKING),
  ],
  [
    'stats_total/cache_misses',
    counter('node_bcache_cache_misses_total', 'Misses counted per individual IO as bcache sees them.', BACKING),
  ],
  [
    'stats_total/cache_bypass_hits',
    counter('node_bcache_cache_bypass_hits_total', 'Hits for IO intended to skip the cache.', BACKING),
  ],
  [
    'stats_total/cache_bypass_misses',
    counter('node_bcache_cache_bypass_misses_total', 'Misses for IO intended to skip the cache.', BACKING),
  ],
  [
    'stats_total/cache_miss_collisions',
    counter(
      'node_bcache_cache_miss_collisions_total',
      'Instances where data insertion from cache miss raced with write (data already present).',
      BACKING,
    ),
  ],
  [
    'stats_total/cache_readaheads',
    counter('node_bcache_cache_readaheads_total', 'Count of times readahead occurred.', BACKING),
  ],
] as const;

/** The metrics of the lines of writeback_rate_debug. */
const WRITEBACK: ReadonlyMap<string, MetricDefinition<'backing_device' | 'uuid'>> = new Map([
  [
    'target',
    gauge(
      'node_bcache_dirty_target_bytes',
      'Current dirty data target threshold for this backing device in bytes.',
      BACKING,
    ),
  ],
  ['rate', gauge('node_bcache_writeback_rate', 'Current writeback rate for this backing device in bytes.', BACKING)],
  [
    'proportional',
    gauge(
      'node_bcache_writeback_rate_proportional_term',
      'Current result of proportional controller, part of writeback rate',
      BACKING,
    ),
  ],
  [
    'integral',
    gauge(
      'node_bcache_writeback_rate_integral_term',
      'Current result of integral controller, part of writeback rate',
      BACKING,
    ),
  ],
  [
    'change',
    gauge('node_bcache_writeback_change', 'Last writeback rate change step for this backing device.', BACKING),
  ],
]);

/** The metrics of the files of a cache. */
const CACHE_FILES = [
  [
    'io_errors',
    gauge('node_bcache_io_errors', 'Number of errors that have occurred, decayed by io_error_halflife.', CACHE),
  ],
  [
    'metadata_written',
    counter(
      'node_bcache_metadata_written_bytes_total',
      'Sum of all non data writes (btree writes and all other metadata).',
      CACHE,
    ),
  ],
  ['written', counter('node_bcache_written_bytes_total', 'Sum of all data that has been written to the cache.', CACHE)],
] as const;

/** The metrics of the lines of priority_stats, for which the kernel goes through all buckets of the cache. */
const PRIORITIES: ReadonlyMap<string, MetricDefinition<'cache_device' | 'uuid'>> = new Map([
  [
    'Unused',
    gauge(
      'node_bcache_priority_stats_unused_percent',
      "The percentage of the cache that doesn't contain any data.",
      CACHE,
    ),
  ],
  ['Metadata', gauge('node_bcache_priority_stats_metadata_percent', "Bcache's metadata overhead.", CACHE)],
]);

const FOLDER = 'fs/bcache';
const BACKING_NAME = /^bdev\d/;
const CACHE_NAME = /^cache\d/;

/** /sys/fs/bcache/<uuid>: disks with faster ones as their caches. */
export const bcache: CollectorSpec = {
  name: 'bcache',
  isDefault: true,
  flags: [
    {
      kind: 'switch',
      name: 'bcache.priorityStats',
      default: false,
      help: 'Expose expensive priority stats.',
    },
  ],
  create: (options) => {
    const withPriorities = options.isOn('bcache.priorityStats');
    return {
      collect: (scrape) => {
        for (const uuid of scrape.files.sys.namesIfAny(FOLDER)) {
          if (!uuid.includes('-')) continue;
          apart(scrape.metrics, () => {
            collectSet(scrape, uuid, withPriorities);
          });
        }
      },
    };
  },
};

function collectSet(scrape: Scrape, uuid: string, withPriorities: boolean): void {
  const {
    metrics,
    files: { sys },
  } = scrape;
  const folder = `${FOLDER}/${uuid}`;
  setFiles(scrape, folder, SET_FILES, { uuid });
  const duration = sys.value(`${folder}/internal/btree_read_average_duration_us`);
  if (duration !== undefined) {
    metrics.setWith(readDuration, { uuid }, parseHumanNumber(duration) * SECONDS_PER_NANOSECOND);
  }
  for (const name of sys.names(folder)) {
    if (BACKING_NAME.test(name)) {
      const labels = { backing_device: name, uuid };
      setFiles(scrape, `${folder}/${name}`, BACKING_FILES, labels);
      setLines(scrape, `${folder}/${name}/writeback_rate_debug`, {
        metrics: WRITEBACK,
        labels,
        parse: (text) => parseHumanNumber(text.replace('/sec', '')),
      });
    } else if (CACHE_NAME.test(name)) {
      const labels = { cache_device: name, uuid };
      setFiles(scrape, `${folder}/${name}`, CACHE_FILES, labels);
      const parse = (text: string): number => parseWhole(text.replace('%', ''));
      if (withPriorities) setLines(scrape, `${folder}/${name}/priority_stats`, { metrics: PRIORITIES, labels, parse });
    }
  }
}

/** Sets the metrics of files that hold a number each. Files that a kernel does not have are left out. */
function setFiles<L extends string>(
  { metrics, files: { sys } }: Scrape,
  folder: string,
  files: readonly (readonly [file: string, metric: MetricDefinition<L>])[],
  labels: Readonly<Record<L, string>>,
): void {
  for (const [file, metric] of files) {
    const text = sys.value(`${folder}/${file}`);
    if (text !== undefined) metrics.setWith(metric, labels, parseHumanNumber(text));
  }
}

/** How the lines of a file become metrics. */
interface LineMetrics<L extends string> {
  readonly metrics: ReadonlyMap<string, MetricDefinition<L>>;
  readonly labels: Readonly<Record<L, string>>;
  readonly parse: (text: string) => number;
}

/** Sets the metrics of lines such as `rate:  1.1M/sec`. */
function setLines<L extends string>(
  { metrics, files: { sys } }: Scrape,
  path: string,
  { metrics: byName, labels, parse }: LineMetrics<L>,
): void {
  for (const line of linesOf(sys.textIfAny(path) ?? '')) {
    const [name = '', value = ''] = line.split(':', 2);
    const metric = byName.get(name);
    if (metric !== undefined) metrics.setWith(metric, labels, parse(value.trim()));
  }
}
