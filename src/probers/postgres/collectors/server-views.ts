import { type CollectorSpec, type Column, level, total, type View, viewCollector } from '../../server-client/view.js';
import { isNoneOf } from './sql-text.js';

// Names, types and texts are those of postgres_exporter 0.19.
const wholeSeconds = (name: string): string => `floor(extract(epoch FROM ${name}))`;
const until17 = (column: Column): Column => ({ ...column, until: 170_000 });

const databases = (without: readonly string[]): View => ({
  prefix: 'pg_database',
  labels: { datname: 'datname' },
  ifNull: 'absent',
  from: `FROM pg_database WHERE ${isNoneOf('datname', without)} ORDER BY datname`,
  columns: [
    level('connection_limit', 'Connection limit set for the database', 'datconnlimit'),
    level(
      'size_bytes',
      'Disk space used by the database',
      // The right is checked here, because without it the whole statement would fail.
      `CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_database_size(oid) END`,
    ),
  ],
});

const ROLES: View = {
  prefix: 'pg_roles',
  labels: { rolname: 'rolname' },
  ifNull: 'zero',
  from: 'FROM pg_roles ORDER BY rolname',
  columns: [level('connection_limit', 'Connection limit set for the role', 'rolconnlimit')],
};

const WAL: View = {
  prefix: 'pg_wal',
  labels: {},
  ifNull: 'zero',
  // Segments have names of 24 digits; there are histories and backup labels beside them.
  from: `FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`,
  columns: [
    level('segments', 'Number of WAL segments', 'count(*)'),
    level('size_bytes', 'Total size of WAL segments', 'sum(size)'),
  ],
};

const BGWRITER: View = {
  prefix: 'pg_stat_bgwriter',
  labels: {},
  ifNull: 'zero',
  from: 'FROM pg_stat_bgwriter',
  columns: [
    ...[
      total('checkpoints_timed_total', 'Number of scheduled checkpoints that have been performed', 'checkpoints_timed'),
      total('checkpoints_req_total', 'Number of requested checkpoints that have been performed', 'checkpoints_req'),
      total(
        'checkpoint_write_time_total',
        'Total amount of time that has been spent in the portion of checkpoint processing where files are written to disk, in milliseconds',
        'checkpoint_write_time',
      ),
      total(
        'checkpoint_sync_time_total',
        'Total amount of time that has been spent in the portion of checkpoint processing where files are synchronized to disk, in milliseconds',
        'checkpoint_sync_time',
      ),
      total('buffers_checkpoint_total', 'Number of buffers written during checkpoints', 'buffers_checkpoint'),
      total('buffers_backend_total', 'Number of buffers written directly by a backend', 'buffers_backend'),
      total(
        'buffers_backend_fsync_total',
        'Number of times a backend had to execute its own fsync call (normally the background writer handles those even when the backend does its own write)',
        'buffers_backend_fsync',
      ),
    ].map(until17),
    total('buffers_clean_total', 'Number of buffers written by the background writer', 'buffers_clean'),
    total(
      'maxwritten_clean_total',
      'Number of times the background writer stopped a cleaning scan because it had written too many buffers',
      'maxwritten_clean',
    ),
    total('buffers_alloc_total', 'Number of buffers allocated', 'buffers_alloc'),
    total('stats_reset_total', 'Time at which these statistics were last reset', wholeSeconds('stats_reset')),
  ],
};

const LOCK_MODES = [
  'accesssharelock',
  'rowsharelock',
  'rowexclusivelock',
  'shareupdateexclusivelock',
  'sharelock',
  'sharerowexclusivelock',
  'exclusivelock',
  'accessexclusivelock',
  'sireadlock',
];

/** As many databases as other collectors have rows for. */
const MOST_DATABASES = 1000;

const LOCKS: View = {
  prefix: 'pg_locks',
  labels: { datname: 'd.datname', mode: 'm.mode' },
  ifNull: 'zero',
  mostRows: MOST_DATABASES * LOCK_MODES.length,
  from: `FROM pg_database d CROSS JOIN unnest(ARRAY[${LOCK_MODES.map((each) => `'${each}'`).join(', ')}]) AS m(mode)
    LEFT JOIN pg_locks l ON l.database = d.oid AND lower(l.mode) = m.mode GROUP BY 1, 2`,
  columns: [level('count', 'Number of locks', 'count(l.mode)')],
};

/** The databases of a server, without some. */
export function databaseCollector(without: readonly string[]): CollectorSpec {
  return viewCollector('database', true, [databases(without)]);
}

/** The collectors for the whole server, in the order of their names. */
export const SERVER_COLLECTORS = [
  viewCollector('locks', true, [LOCKS]),
  viewCollector('roles', true, [ROLES]),
  viewCollector('stat_bgwriter', true, [BGWRITER]),
  viewCollector('wal', true, [WAL]),
];
