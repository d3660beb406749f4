import { gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseHex, parseWhole } from '../numbers.js';

const entries = gauge(
  'node_nf_conntrack_entries',
  'Number of currently allocated flow entries for connection tracking.',
);
const limit = gauge('node_nf_conntrack_entries_limit', 'Maximum size of connection tracking table.');

/**
 * Columns by the names in the first line of /proc/net/stat/nf_conntrack; `clashres` is what newer kernels call the
 * column of `searched`.
 */
const STATISTICS: readonly (readonly [column: string, metric: MetricDefinition<never>])[] = [
  ['found', gauge('node_nf_conntrack_stat_found', 'Number of searched entries which were successful.')],
  ['invalid', gauge('node_nf_conntrack_stat_invalid', 'Number of packets seen which can not be tracked.')],
  [
    'ignore',
    gauge('node_nf_conntrack_stat_ignore', 'Number of packets seen which are already connected to a conntrack entry.'),
  ],
  ['insert', gauge('node_nf_conntrack_stat_insert', 'Number of entries inserted into the list.')],
  [
    'insert_failed',
    gauge(
      'node_nf_conntrack_stat_insert_failed',
      'Number of entries for which list insertion was attempted but failed.',
    ),
  ],
  ['drop', gauge('node_nf_conntrack_stat_drop', 'Number of packets dropped due to conntrack failure.')],
  [
    'early_drop',
    gauge(
      'node_nf_conntrack_stat_early_drop',
      'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.',
    ),
  ],
  [
    'search_restart',
    gauge(
      'node_nf_conntrack_stat_search_restart',
      'Number of conntrack table lookups which had to be restarted due to hashtable resizes.',
    ),
  ],
];

/** The table of connections that netfilter tracks, and its statistics as sums over all CPUs. */
export const conntrack: CollectorSpec = {
  name: 'conntrack',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      apart(metrics, () => {
        metrics.set(entries, parseWhole(valueOf(files.proc, 'sys/net/netfilter/nf_conntrack_count')));
      });
      apart(metrics, () => {
        metrics.set(limit, parseWhole(valueOf(files.proc, 'sys/net/netfilter/nf_conntrack_max')));
      });
      apart(metrics, () => {
        setStatistics(metrics, valueOf(files.proc, 'net/stat/nf_conntrack'));
      });
    },
  }),
};

/**
 * Sums over the CPUs, one line each. An invalid number makes its sum NaN, since without that CPU the counter would
 * decrease.
 */
function setStatistics(metrics: MetricSink, text: string): void {
  const [header = '', ...rows] = linesOf(text);
  const columns = wordsOf(header);
  const cpus = rows.map(wordsOf);
  for (const [name, metric] of STATISTICS) {
    const column = columns.indexOf(name);
    // A counter of 32 bits a CPU, so that the sum is exact.
    const sum = cpus.reduce((total, values) => total + parseHex(values[column] ?? ''), 0);
    metrics.set(metric, column < 0 ? 0 : sum);
  }
}

function valueOf(proc: FileTree, path: string): string {
  const value = proc.value(path);
  if (value === undefined) throw new NoData('conntrack probably not loaded');
  return value;
}
