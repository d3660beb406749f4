import { level, total, type View, viewCollector } from '../../server-client/view.js';

// Names, types and texts are those of postgres_exporter 0.19.

/** The age of the oldest row of each database. */
const WRAPAROUND: View = {
  prefix: 'pg_database_wraparound',
  labels: { datname: 'datname' },
  ifNull: 'absent',
  from: 'FROM pg_catalog.pg_database WHERE datallowconn',
  columns: [
    level(
      'age_datfrozenxid_seconds',
      'Age of the oldest transaction ID that has not been frozen.',
      'age(datfrozenxid)',
    ),
    level(
      'age_datminmxid_seconds',
      'Age of the oldest multi-transaction ID that has been replaced with a transaction ID.',
      'mxid_age(datminmxid)',
    ),
  ],
};

const POSTMASTER: View = {
  prefix: 'pg_postmaster',
  labels: {},
  ifNull: 'zero',
  from: '',
  columns: [
    level('start_time_seconds', 'Time at which postmaster started', 'extract(epoch FROM pg_postmaster_start_time())'),
  ],
};

/** Vacuums in progress. The server describes one as `autovacuum: VACUUM schema.table`. */
const AUTOVACUUM: View = {
  prefix: 'pg_stat_activity_autovacuum',
  labels: { relname: `split_part(query, '.', 2)` },
  ifNull: 'absent',
  from: `FROM pg_catalog.pg_stat_activity WHERE query LIKE 'autovacuum:%'
    AND extract(epoch FROM clock_timestamp() - xact_start) > 300`,
  columns: [
    level(
      'age_in_seconds',
      'The age of the vacuum process in seconds',
      'extract(epoch FROM clock_timestamp() - xact_start)',
    ),
  ],
};

const USER_INDEXES: View = {
  prefix: 'pg_statio_user_indexes',
  labels: { schemaname: 'schemaname', relname: 'relname', indexrelname: 'indexrelname' },
  ifNull: 'zero',
  from: 'FROM pg_statio_user_indexes',
  columns: [
    total('idx_blks_read_total', 'Number of disk blocks read from this index', 'idx_blks_read'),
    total('idx_blks_hit_total', 'Number of buffer hits in this index', 'idx_blks_hit'),
  ],
};

/** Converts a position in the log to a number that a float holds. */
const position = (column: string): string => `(${column} - '0/0') % (2^52)::bigint`;
const epoch = (column: string): string => `extract(epoch FROM ${column})`;
const RECEIVED = 'Send time of last message received from origin WAL sender';

const WAL_RECEIVER: View = {
  prefix: 'pg_stat_wal_receiver',
  labels: { upstream_host: 'r.host', slot_name: 'r.slot_name', status: 'r.status' },
  ifNull: 'zero',
  from: `FROM (SELECT *, trim(both chr(39) FROM substring(conninfo FROM 'host=([^ ]*)')) AS host
    FROM pg_catalog.pg_stat_wal_receiver) r WHERE r.host IS NOT NULL AND r.slot_name IS NOT NULL`,
  columns: [
    total(
      'receive_start_lsn',
      'First write-ahead log location used when WAL receiver is started represented as a decimal',
      position('receive_start_lsn'),
    ),
    level('receive_start_tli', 'First timeline number used when WAL receiver is started'),
    {
      ...total(
        'flushed_lsn',
        'Last write-ahead log location already received and flushed to disk, the initial value of this field being the first log location used when WAL receiver is started represented as a decimal',
        position('flushed_lsn'),
      ),
      since: 130_000,
    },
    level('received_tli', 'Timeline number of last write-ahead log location received and flushed to disk'),
    total('last_msg_send_time', RECEIVED, epoch('last_msg_send_time')),
    total('last_msg_receipt_time', RECEIVED, epoch('last_msg_receipt_time')),
    total(
      'latest_end_lsn',
      'Last write-ahead log location reported to origin WAL sender as integer',
      position('latest_end_lsn'),
    ),
    total(
      'latest_end_time',
      'Time of last write-ahead log location reported to origin WAL sender',
      epoch('latest_end_time'),
    ),
    {
      ...level('upstream_node', 'Node ID of the upstream node', `substring(slot_name FROM 'repmgr_slot_([0-9]+)')`),
      ifNull: 'absent',
    },
  ],
};

/** The extension pg_buffercache has the function from version 16 on. */
const BUFFERCACHE: View = {
  prefix: 'pg_buffercache_summary',
  labels: {},
  ifNull: 'zero',
  from: 'FROM pg_buffercache_summary()',
  since: 160_000,
  columns: [
    level('buffers_used', 'Number of used shared buffers'),
    level('buffers_unused', 'Number of unused shared buffers'),
    level('buffers_dirty', 'Number of dirty shared buffers'),
    level('buffers_pinned', 'Number of pinned shared buffers'),
    level('usagecount_avg', 'Average usage count of used shared buffers'),
  ],
};

const CHECKPOINTER: View = {
  prefix: 'pg_stat_checkpointer',
  labels: {},
  ifNull: 'zero',
  from: 'FROM pg_stat_checkpointer',
  since: 170_000,
  columns: [
    total('num_timed_total', 'Number of scheduled checkpoints due to timeout', 'num_timed'),
    total('num_requested_total', 'Number of requested checkpoints that have been performed', 'num_requested'),
    total(
      'restartpoints_timed_total',
      'Number of scheduled restartpoints due to timeout or after a failed attempt to perform it',
      'restartpoints_timed',
    ),
    total('restartpoints_req_total', 'Number of requested restartpoints', 'restartpoints_req'),
    total('restartpoints_done_total', 'Number of restartpoints that have been performed', 'restartpoints_done'),
    total(
      'write_time_total',
      'Total amount of time that has been spent in the portion of processing checkpoints and restartpoints where files are written to disk, in milliseconds',
      'write_time',
    ),
    total(
      'sync_time_total',
      'Total amount of time that has been spent in the portion of processing checkpoints and restartpoints where files are synchronized to disk, in milliseconds',
      'sync_time',
    ),
    total('buffers_written_total', 'Number of buffers written during checkpoints and restartpoints', 'buffers_written'),
    total('stats_reset_total', 'Time at which these statistics were last reset', `floor(${epoch('stats_reset')})`),
  ],
};

const LONG_TRANSACTIONS: View = {
  prefix: 'pg_long_running',
  labels: {},
  ifNull: 'zero',
  from: `FROM pg_catalog.pg_stat_activity WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%'
    AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
  columns: [
    level('transactions', 'Current number of long running transactions', 'count(*)'),
    level(
      'transactions_oldest_timestamp_seconds',
      'The current maximum transaction age in seconds',
      'max(extract(epoch FROM clock_timestamp() - xact_start))',
    ),
  ],
};

/**
 * The position in the log before version 10. Later servers have no function of that name, and postgres_exporter has no
 * metric.
 */
const XLOG_LOCATION: View = {
  prefix: 'pg_xlog_location',
  labels: {},
  ifNull: 'zero',
  from: '',
  until: 100_000,
  columns: [
    level(
      'bytes',
      'Postgres LSN (log sequence number) being generated on primary or replayed on replica (truncated to low 52 bits)',
      `CASE WHEN pg_is_in_recovery() THEN ${position('pg_last_xlog_replay_location()')}
        ELSE ${position('pg_current_xlog_location()')} END`,
    ),
  ],
};

/** The plain views among the collectors that postgres_exporter does not run unless told to. */
export const OPTIONAL_COLLECTORS = [
  viewCollector('buffercache_summary', false, [BUFFERCACHE]),
  viewCollector('database_wraparound', false, [WRAPAROUND]),
  viewCollector('long_running_transactions', false, [LONG_TRANSACTIONS]),
  viewCollector('postmaster', false, [POSTMASTER]),
  viewCollector('stat_activity_autovacuum', false, [AUTOVACUUM]),
  viewCollector('stat_checkpointer', false, [CHECKPOINTER]),
  viewCollector('stat_wal_receiver', false, [WAL_RECEIVER]),
  viewCollector('statio_user_indexes', false, [USER_INDEXES]),
  viewCollector('xlog_location', false, [XLOG_LOCATION]),
];
