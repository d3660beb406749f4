import { level, total, type View, viewCollector } from '../../server-client/view.js';

// Names, types and texts are those of postgres_exporter 0.19.
const LABELS = { datid: 'datid', datname: 'datname' } as const;

const STAT_DATABASE: View = {
  prefix: 'pg_stat_database',
  labels: LABELS,
  ifNull: 'zero',
  // Shared objects have a row without a name.
  from: 'FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY datid',
  columns: [
    level(
      'numbackends',
      'Number of backends currently connected to this database. This is the only column in this view that returns a value reflecting current state; all other columns return the accumulated values since the last reset.',
    ),
    total('xact_commit', 'Number of transactions in this database that have been committed'),
    total('xact_rollback', 'Number of transactions in this database that have been rolled back'),
    total('blks_read', 'Number of disk blocks read in this database'),
    total(
      'blks_hit',
      "Number of times disk blocks were found already in the buffer cache, so that a read was not necessary (this only includes hits in the PostgreSQL buffer cache, not the operating system's file system cache)",
    ),
    total('tup_returned', 'Number of rows returned by queries in this database'),
    total('tup_fetched', 'Number of rows fetched by queries in this database'),
    total('tup_inserted', 'Number of rows inserted by queries in this database'),
    total('tup_updated', 'Number of rows updated by queries in this database'),
    total('tup_deleted', 'Number of rows deleted by queries in this database'),
    total(
      'conflicts',
      'Number of queries canceled due to conflicts with recovery in this database. (Conflicts occur only on standby servers; see pg_stat_database_conflicts for details.)',
    ),
    total(
      'temp_files',
      'Number of temporary files created by queries in this database. All temporary files are counted, regardless of why the temporary file was created (e.g., sorting or hashing), and regardless of the log_temp_files setting.',
    ),
    total(
      'temp_bytes',
      'Total amount of data written to temporary files by queries in this database. All temporary files are counted, regardless of why the temporary file was created, and regardless of the log_temp_files setting.',
    ),
    total('deadlocks', 'Number of deadlocks detected in this database'),
    total('blk_read_time', 'Time spent reading data file blocks by backends in this database, in milliseconds'),
    total('blk_write_time', 'Time spent writing data file blocks by backends in this database, in milliseconds'),
    total('stats_reset', 'Time at which these statistics were last reset', 'floor(extract(epoch FROM stats_reset))'),
    {
      ...total(
        'active_time_seconds_total',
        'Time spent executing SQL statements in this database, in seconds',
        'active_time / 1000',
      ),
      since: 140_000,
    },
  ],
};

const canceled = (name: string, why: string) =>
  total(name, `Number of queries in this database that have been canceled due to ${why}`);

const CONFLICTS: View = {
  prefix: 'pg_stat_database_conflicts',
  labels: LABELS,
  withServer: true,
  ifNull: 'nan',
  from: 'FROM pg_stat_database_conflicts ORDER BY datid',
  columns: [
    canceled('confl_tablespace', 'dropped tablespaces'),
    canceled('confl_lock', 'lock timeouts'),
    canceled('confl_snapshot', 'old snapshots'),
    canceled('confl_bufferpin', 'pinned buffers'),
    canceled('confl_deadlock', 'deadlocks'),
    {
      name: 'confl_active_logicalslot',
      type: 'untyped',
      help: 'Unknown metric from pg_stat_database_conflicts',
      sql: 'confl_active_logicalslot',
      since: 160_000,
    },
  ],
};

/** The collectors for each database. */
export const DATABASE_COLLECTORS = [viewCollector('stat_database', true, [STAT_DATABASE])];

/** The metrics of each database that belong to no collector. */
export const CONFLICT_METRICS = viewCollector('pg_stat_database_conflicts', true, [CONFLICTS]);
