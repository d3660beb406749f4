import { counter } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const LABELS = ['schema', 'table', 'part'] as const;
const STATISTICS = new Map(
  (
    [
      ['USER_KEY_COMPARISON_COUNT', 'Total number of user key comparisons performed in binary search.'],
      ['BLOCK_CACHE_HIT_COUNT', 'Total number of block read operations from cache.'],
      ['BLOCK_READ_COUNT', 'Total number of block read operations from disk.'],
      ['BLOCK_READ_BYTE', 'Total number of bytes read from disk.'],
      ['GET_READ_BYTES', 'Number of bytes read during Get operations.'],
      ['MULTIGET_READ_BYTES', 'Number of bytes read during MultiGet operations.'],
      ['ITER_READ_BYTES', 'Number of bytes read during iterator operations.'],
      ['INTERNAL_KEY_SKIPPED_COUNT', 'Count of internal keys skipped during operations.'],
      ['INTERNAL_DELETE_SKIPPED_COUNT', 'Count of internal delete operations that were skipped.'],
      ['INTERNAL_RECENT_SKIPPED_COUNT', 'Count of recently skipped internal operations.'],
      ['INTERNAL_MERGE_COUNT', 'Total number of internal merge operations.'],
      ['GET_FROM_MEMTABLE_COUNT', 'Number of Get operations served from the memtable.'],
      ['SEEK_ON_MEMTABLE_COUNT', 'Count of seek operations in the memtable.'],
      ['NEXT_ON_MEMTABLE_COUNT', 'Count of next operations in the memtable.'],
      ['PREV_ON_MEMTABLE_COUNT', 'Count of previous operations in the memtable.'],
      ['SEEK_CHILD_SEEK_COUNT', 'Count of child seek operations in RocksDB.'],
      ['BLOOM_MEMTABLE_HIT_COUNT', 'Count of successful hits in the bloom filter for memtable searches.'],
      ['BLOOM_MEMTABLE_MISS_COUNT', 'Count of misses in the bloom filter for memtable searches.'],
      ['BLOOM_SST_HIT_COUNT', 'Count of successful hits in the bloom filter for SSTable searches.'],
      ['BLOOM_SST_MISS_COUNT', 'Count of misses in the bloom filter for SSTable searches.'],
      ['KEY_LOCK_WAIT_COUNT', 'Count of key lock wait events in RocksDB.'],
      ['IO_BYTES_WRITTEN', 'Total number of bytes written by I/O operations in RocksDB.'],
      ['IO_BYTES_READ', 'Total number of bytes read by I/O operations in RocksDB.'],
    ] as const
  ).map(([name, help]) => [
    name as string,
    counter(`mysql_info_schema_rocksdb_perf_context_${name.toLowerCase()}`, help, LABELS),
  ]),
);

/** A table, or a partition of one, has some seventy. */
const MOST_ROWS = 50_000;

/** The performance counters of MyRocks for each table. */
export const ROCKSDB_PERF_CONTEXT: MysqlCollector = {
  name: 'info_schema.rocksdb_perf_context',
  isDefault: false,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask(`SELECT table_schema, table_name, ifnull(partition_name, ''), stat_type, value
      FROM information_schema.ROCKSDB_PERF_CONTEXT LIMIT ${MOST_ROWS + 1}`);
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const [schema, table, part, name, text] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const metric = STATISTICS.get(name ?? '');
      const value = parseFloatText(text ?? '');
      if (metric === undefined || value === undefined) continue;
      metrics.setWith(metric, { schema: schema ?? '', table: table ?? '', part: part ?? '' }, value);
    }
  },
};
