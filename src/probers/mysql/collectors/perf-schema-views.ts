import {
  collectView,
  type Column,
  level,
  prepareView,
  total,
  type View,
  viewCollector,
} from '../../server-client/view.js';
import type { MysqlCollector } from './mysql-server.js';
import { sqlText } from './sql-text.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_perf_schema';
/** performance_schema counts picoseconds. */
const seconds = (sql: string): string => `${sql} / 1e12`;

/** A counter of events, and the seconds that they took, for each operation. */
function waits(
  name: string,
  what: string,
  operations: readonly (readonly [operation: string, columns: string])[],
): readonly Column[] {
  return operations.flatMap(([operation, columns]) => [
    {
      ...total(`${name}_total`, `The total number of ${what} and operation.`, `count_${columns}`),
      labels: { operation },
    },
    {
      ...total(`${name}_seconds_total`, `The total time of ${what} and operation.`, seconds(`sum_timer_${columns}`)),
      labels: { operation },
    },
  ]);
}

const named = (...names: readonly string[]) => names.map((name) => [name, name] as const);
const OF_TABLES = { schema: 'object_schema', name: 'object_name' } as const;

const TABLE_IO: View = {
  prefix: PREFIX,
  labels: OF_TABLES,
  ifNull: 'zero',
  from: `FROM performance_schema.table_io_waits_summary_by_table
    WHERE object_schema NOT IN ('mysql', 'performance_schema')`,
  columns: waits(
    'table_io_waits',
    'table I/O wait events for each table',
    named('fetch', 'insert', 'update', 'delete'),
  ),
};

/** I/O waits by index. An insert belongs to no index. */
const INDEX_IO: View = {
  prefix: PREFIX,
  labels: { ...OF_TABLES, index: "ifnull(index_name, 'NONE')" },
  ifNull: 'absent',
  from: `FROM performance_schema.table_io_waits_summary_by_index_usage
    WHERE object_schema NOT IN ('mysql', 'performance_schema')`,
  columns: waits(
    'index_io_waits',
    'index I/O wait events for each index',
    named('fetch', 'insert', 'update', 'delete'),
  ).map((column) =>
    column.labels?.['operation'] === 'insert'
      ? { ...column, sql: `CASE WHEN index_name IS NULL THEN ${column.sql} END` }
      : column,
  ),
};

const TABLE_LOCKS: View = {
  prefix: PREFIX,
  labels: OF_TABLES,
  ifNull: 'zero',
  from: `FROM performance_schema.table_lock_waits_summary_by_table
    WHERE object_schema NOT IN ('mysql', 'performance_schema', 'information_schema')`,
  columns: [
    ...waits('sql_lock_waits', 'SQL lock wait events for each table', [
      ...named('read_normal', 'read_with_shared_locks', 'read_high_priority', 'read_no_insert'),
      ...named('write_normal', 'write_allow_write', 'write_concurrent_insert', 'write_low_priority'),
    ]),
    ...waits('external_lock_waits', 'external lock wait events for each table', [
      ['read', 'read_external'],
      ['write', 'write_external'],
    ]),
  ],
};

const sum = (name: string, help: string): Column => total(name, help, `sum(sum_${name})`);

const STATEMENTS_SUM: View = {
  prefix: `${PREFIX}_events_statements_sum`,
  labels: {},
  ifNull: 'zero',
  from: 'FROM performance_schema.events_statements_summary_by_digest',
  columns: [
    total('total', 'The total count of events statements.', 'sum(count_star)'),
    sum('created_tmp_disk_tables', 'The number of on-disk temporary tables created.'),
    sum('created_tmp_tables', 'The number of temporary tables created.'),
    sum('errors', 'Number of errors.'),
    sum('lock_time', 'Time in picoseconds spent waiting for locks.'),
    sum('no_good_index_used', 'Number of times no good index was found.'),
    sum('no_index_used', 'Number of times no index was found.'),
    sum('rows_affected', 'Number of rows affected by statements.'),
    sum('rows_examined', "Number of rows read during statements' execution."),
    sum('rows_sent', 'Number of rows returned.'),
    sum('select_full_join', 'Number of joins performed by statements which did not use an index.'),
    sum(
      'select_full_range_join',
      'Number of joins performed by statements which used a range search of the first table.',
    ),
    sum('select_range', 'Number of joins performed by statements which used a range of the first table.'),
    sum(
      'select_range_check',
      'Number of joins without keys performed by statements that check for key usage after each row.',
    ),
    sum('select_scan', 'Number of joins performed by statements which used a full scan of the first table.'),
    sum('sort_merge_passes', 'Number of merge passes by the sort algorithm performed by statements.'),
    sum('sort_range', 'Number of sorts performed by statements which used a range.'),
    sum('sort_rows', 'Number of rows sorted.'),
    sum('sort_scan', 'Number of sorts performed by statements which used a full table scan.'),
    total('timer_wait', 'Total wait time of the summarized events that are timed.', seconds('sum(sum_timer_wait)')),
    sum('warnings', 'Number of warnings.'),
  ],
};

const EVENTS_WAITS: View = {
  prefix: `${PREFIX}_events_waits`,
  labels: { event_name: 'event_name' },
  ifNull: 'zero',
  from: 'FROM performance_schema.events_waits_summary_global_by_event_name',
  columns: [
    total('total', 'The total events waits by event name.', 'count_star'),
    total('seconds_total', 'The total seconds of events waits by event name.', seconds('sum_timer_wait')),
  ],
};

const FILE_EVENTS: View = {
  prefix: `${PREFIX}_file_events`,
  labels: { event_name: 'event_name' },
  ifNull: 'zero',
  from: 'FROM performance_schema.file_summary_by_event_name',
  columns: ['read', 'write', 'misc'].flatMap((mode) =>
    [
      total('total', 'The total file events by event name/mode.', `count_${mode}`),
      total('seconds_total', 'The total seconds of file events by event name/mode.', seconds(`sum_timer_${mode}`)),
      ...(mode === 'misc'
        ? []
        : [total('bytes_total', 'The total bytes of file events by event name/mode.', `sum_number_of_bytes_${mode}`)]),
    ].map((column) => ({ ...column, labels: { mode } })),
  ),
};

const MEMORY_EVENTS: View = {
  prefix: `${PREFIX}_memory_events`,
  labels: { event_name: 'event_name' },
  ifNull: 'zero',
  from: 'FROM performance_schema.memory_summary_global_by_event_name WHERE count_alloc > 0',
  columns: [
    total('alloc_bytes_total', 'The total number of bytes allocated by events.', 'sum_number_of_bytes_alloc'),
    total('free_bytes_total', 'The total number of bytes freed by events.', 'sum_number_of_bytes_free'),
    level('used_bytes', 'The number of bytes currently allocated by events.', 'current_number_of_bytes_used'),
  ],
};

const FILE_INSTANCES: View = {
  prefix: `${PREFIX}_file_instances`,
  labels: { file_name: 'file_name', event_name: 'event_name' },
  ifNull: 'zero',
  from: 'FROM performance_schema.file_summary_by_instance',
  columns: ['read', 'write'].flatMap((mode) =>
    [
      total('total', 'The total number of file read/write operations.', `count_${mode}`),
      total('bytes', 'The number of bytes processed by file read/write operations.', `sum_number_of_bytes_${mode}`),
    ].map((column) => ({ ...column, labels: { mode } })),
  ),
};

const memory = prepareView(MEMORY_EVENTS);
const files = prepareView(FILE_INSTANCES);

const MEMORY_COLLECTOR: MysqlCollector = {
  name: 'perf_schema.memory_events',
  isDefault: false,
  collect: (server) => {
    const withoutPrefix = ['event_name', server.options['perf_schema.memory_events.remove_prefix']] as const;
    return collectView({ ...memory, view: { ...MEMORY_EVENTS, withoutPrefix } }, server);
  },
};

/** The filter that matches every file, so that it need not be applied. */
const EVERY_FILE = '.*';

const FILES_COLLECTOR: MysqlCollector = {
  name: 'perf_schema.file_instances',
  isDefault: false,
  collect: (server) => {
    const withoutPrefix = ['file_name', server.options['perf_schema.file_instances.remove_prefix']] as const;
    const filter = server.options['perf_schema.file_instances.filter'];
    const where = filter === EVERY_FILE ? '' : ` WHERE file_name REGEXP ${sqlText(filter)}`;
    const view = { ...FILE_INSTANCES, from: `${FILE_INSTANCES.from}${where}`, withoutPrefix };
    return collectView({ ...files, view }, server);
  },
};

const ofUser = (name: string, what: string): string => `The ${name} ${what} for the user`;

const USER_SUMMARY: View = {
  prefix: 'mysql_sys',
  labels: { user: 'user' },
  ifNull: 'zero',
  from: 'FROM sys.x$user_summary WHERE user IS NOT NULL',
  columns: [
    // The blank at the beginning is mysqld_exporter's.
    total('statements_total', ' The total number of statements for the user', 'statements'),
    total('statement_latency', ofUser('total wait time of', 'timed statements'), seconds('statement_latency')),
    total('table_scans_total', ofUser('total number of', 'table scans'), 'table_scans'),
    total('file_ios_total', ofUser('total number of', 'file I/O events'), 'file_ios'),
    total('file_io_seconds_total', ofUser('total wait time of', 'timed file I/O events'), seconds('file_io_latency')),
    level('current_connections', ofUser('current number of', 'connections')),
    total('connections_total', ofUser('total number of', 'connections'), 'total_connections'),
    total(
      'unique_hosts_total',
      'The number of distinct hosts from which connections for the user have originated',
      'unique_hosts',
    ),
    level('current_memory_bytes', ofUser('current amount of', 'allocated memory'), 'current_memory'),
    total('memory_allocated_bytes_total', ofUser('total amount of', 'allocated memory'), 'total_memory_allocated'),
  ],
};

/** The collectors of performance_schema whose tables become metrics column by column. */
export const PERF_SCHEMA_COLLECTORS: readonly MysqlCollector[] = [
  viewCollector('perf_schema.eventsstatementssum', false, [STATEMENTS_SUM]),
  viewCollector('perf_schema.eventswaits', false, [EVENTS_WAITS]),
  viewCollector('perf_schema.file_events', false, [FILE_EVENTS]),
  FILES_COLLECTOR,
  viewCollector('perf_schema.indexiowaits', false, [INDEX_IO]),
  MEMORY_COLLECTOR,
  viewCollector('perf_schema.tableiowaits', false, [TABLE_IO]),
  viewCollector('perf_schema.tablelocks', false, [TABLE_LOCKS]),
  viewCollector('sys.user_summary', false, [USER_SUMMARY]),
];
