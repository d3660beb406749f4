import { level, total, type View, viewCollector } from '../../server-client/view.js';

// Names, types and texts are those of postgres_exporter 0.19.
const SINCE_REPLAY = 'greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))';
/** How far the WAL of this server has come: the position that it wrote, or that it received. */
const POSITION = '(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END)';

const REPLICATION: View = {
  prefix: 'pg_replication',
  labels: {},
  ifNull: 'zero',
  from: '',
  columns: [
    level(
      'lag_seconds',
      'Replication lag behind master in seconds',
      `CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE ${SINCE_REPLAY} END`,
    ),
    level('is_replica', 'Indicates if the server is a replica', 'pg_is_in_recovery()::int'),
    level('last_replay_seconds', 'Age of last replay in seconds', SINCE_REPLAY),
  ],
};

const SLOT_LABELS = { slot_name: 'slot_name', slot_type: 'slot_type' } as const;

const SLOTS: View = {
  prefix: 'pg_replication_slot',
  labels: SLOT_LABELS,
  ifNull: 'absent',
  from: 'FROM pg_replication_slots ORDER BY slot_name',
  columns: [
    level('slot_current_wal_lsn', 'current wal lsn value', `coalesce(${POSITION} - '0/0'::pg_lsn, 0)`),
    level(
      'slot_confirmed_flush_lsn',
      'last lsn confirmed flushed to the replication slot',
      `CASE WHEN active THEN coalesce(confirmed_flush_lsn - '0/0'::pg_lsn, 0) END`,
    ),
    level('slot_is_active', 'whether the replication slot is active or not', 'active::int'),
    {
      ...level(
        'safe_wal_size_bytes',
        'number of bytes that can be written to WAL such that this slot is not in danger of getting in state lost',
        'safe_wal_size',
      ),
      since: 130_000,
    },
  ],
};

const SLOT_STATUS: View = {
  prefix: 'pg_replication_slot',
  labels: { ...SLOT_LABELS, wal_status: 'wal_status' },
  ifNull: 'absent',
  since: 130_000,
  from: 'FROM pg_replication_slots WHERE wal_status IS NOT NULL ORDER BY slot_name',
  columns: [level('wal_status', 'availability of WAL files claimed by this slot', '1')],
};

const SLOT_LAG: View = {
  prefix: 'pg_replication_slots',
  labels: { slot_name: 'slot_name', database: 'database' },
  withServer: true,
  ifNull: 'nan',
  from: 'FROM pg_replication_slots ORDER BY slot_name',
  columns: [
    level('active', 'Flag indicating if the slot is active', 'active::int'),
    level('pg_wal_lsn_diff', 'Replication lag in bytes', `${POSITION} - restart_lsn`),
  ],
};

const SENDERS: View = {
  prefix: 'pg_stat_replication',
  labels: {
    application_name: 'application_name',
    client_addr: 'host(client_addr)',
    // The label holds the process ID, as in postgres_exporter.
    slot_name: 'pid',
    state: 'state',
  },
  withServer: true,
  ifNull: 'nan',
  from: 'FROM pg_stat_replication ORDER BY pid',
  columns: [
    level('pg_current_wal_lsn_bytes', 'WAL position in bytes', `${POSITION} - '0/0'::pg_lsn`),
    level('pg_wal_lsn_diff', 'Lag in bytes between master and slave', `${POSITION} - replay_lsn`),
    {
      name: 'reply_time',
      type: 'untyped',
      help: 'Unknown metric from pg_stat_replication',
      sql: 'floor(extract(epoch FROM reply_time))',
      since: 120_000,
    },
  ],
};

const ARCHIVER: View = {
  prefix: 'pg_stat_archiver',
  labels: {},
  withServer: true,
  ifNull: 'nan',
  from: 'FROM pg_stat_archiver',
  columns: [
    total('archived_count', 'Number of WAL files that have been successfully archived'),
    total('failed_count', 'Number of failed attempts for archiving WAL files'),
    level(
      'last_archive_age',
      'Time in seconds since last WAL segment was successfully archived',
      'extract(epoch FROM now() - last_archived_time)',
    ),
  ],
};

/** The collectors for replicas and replication slots. */
export const REPLICATION_COLLECTORS = [
  viewCollector('replication', true, [REPLICATION]),
  viewCollector('replication_slot', true, [SLOTS, SLOT_STATUS]),
];

/** The metrics of replication that belong to no collector. */
export const REPLICATION_METRICS = [
  viewCollector('pg_stat_archiver', true, [ARCHIVER]),
  viewCollector('pg_replication_slots', true, [SLOT_LAG]),
  viewCollector('pg_stat_replication', true, [SENDERS]),
];
