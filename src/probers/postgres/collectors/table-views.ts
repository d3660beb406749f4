import { level, total, type View, viewCollector } from '../../server-client/view.js';

// Names, types and texts are those of postgres_exporter 0.19. The columns are described in the PostgreSQL manual, "The
// Cumulative Statistics System"; times are whole seconds there.
const LABELS = { datname: 'current_database()', schemaname: 'schemaname', relname: 'relname' } as const;

const time = (name: string): string => `floor(extract(epoch FROM ${name}))`;
const lastTime = (name: string, what: string) => level(name, `Last time at which this table was ${what}`, time(name));
const blocks = (name: string, what: string, from: string) => total(name, what, from);

const USER_TABLES: View = {
  prefix: 'pg_stat_user_tables',
  labels: LABELS,
  ifNull: 'zero',
  from: 'FROM pg_stat_user_tables ORDER BY schemaname, relname',
  columns: [
    total('seq_scan', 'Number of sequential scans initiated on this table'),
    total('seq_tup_read', 'Number of live rows fetched by sequential scans'),
    total('idx_scan', 'Number of index scans initiated on this table'),
    total('idx_tup_fetch', 'Number of live rows fetched by index scans'),
    total('n_tup_ins', 'Number of rows inserted'),
    total('n_tup_upd', 'Number of rows updated'),
    total('n_tup_del', 'Number of rows deleted'),
    total('n_tup_hot_upd', 'Number of rows HOT updated (i.e., with no separate index update required)'),
    level('n_live_tup', 'Estimated number of live rows'),
    level('n_dead_tup', 'Estimated number of dead rows'),
    level('n_mod_since_analyze', 'Estimated number of rows changed since last analyze'),
    lastTime('last_vacuum', 'manually vacuumed (not counting VACUUM FULL)'),
    lastTime('last_autovacuum', 'vacuumed by the autovacuum daemon'),
    lastTime('last_analyze', 'manually analyzed'),
    lastTime('last_autoanalyze', 'analyzed by the autovacuum daemon'),
    total('vacuum_count', 'Number of times this table has been manually vacuumed (not counting VACUUM FULL)'),
    total('autovacuum_count', 'Number of times this table has been vacuumed by the autovacuum daemon'),
    total('analyze_count', 'Number of times this table has been manually analyzed'),
    total('autoanalyze_count', 'Number of times this table has been analyzed by the autovacuum daemon'),
    level('index_size_bytes', 'Total disk space used by this index, in bytes', 'pg_indexes_size(relid)'),
    level('table_size_bytes', 'Total disk space used by this table, in bytes', 'pg_table_size(relid)'),
  ],
};

const USER_TABLES_IO: View = {
  prefix: 'pg_statio_user_tables',
  labels: LABELS,
  ifNull: 'zero',
  from: 'FROM pg_statio_user_tables ORDER BY schemaname, relname',
  columns: [
    blocks('heap_blocks_read', 'Number of disk blocks read from this table', 'heap_blks_read'),
    blocks('heap_blocks_hit', 'Number of buffer hits in this table', 'heap_blks_hit'),
    blocks('idx_blocks_read', 'Number of disk blocks read from all indexes on this table', 'idx_blks_read'),
    blocks('idx_blocks_hit', 'Number of buffer hits in all indexes on this table', 'idx_blks_hit'),
    blocks('toast_blocks_read', "Number of disk blocks read from this table's TOAST table (if any)", 'toast_blks_read'),
    blocks('toast_blocks_hit', "Number of buffer hits in this table's TOAST table (if any)", 'toast_blks_hit'),
    blocks(
      'tidx_blocks_read',
      "Number of disk blocks read from this table's TOAST table indexes (if any)",
      'tidx_blks_read',
    ),
    blocks('tidx_blocks_hit', "Number of buffer hits in this table's TOAST table indexes (if any)", 'tidx_blks_hit'),
  ],
};

const VACUUM_LABELS = {
  datname: `coalesce(v.datname, 'unknown')`,
  // The name of a table can only be looked up within its own database.
  relname: `CASE WHEN v.datname = current_database() THEN v.relid::regclass::text ELSE v.relid::text END`,
} as const;

const PROGRESS_VACUUM: View = {
  prefix: 'pg_stat_progress_vacuum',
  labels: VACUUM_LABELS,
  ifNull: 'zero',
  from: 'FROM pg_stat_progress_vacuum v',
  columns: [
    level('heap_blks', 'Total number of heap blocks in the table being vacuumed.', 'heap_blks_total'),
    level('heap_blks_scanned', 'Number of heap blocks scanned so far.'),
    level('heap_blks_vacuumed', 'Number of heap blocks vacuumed so far.'),
    level('index_vacuums', 'Number of completed index vacuum cycles.', 'index_vacuum_count'),
    ...deadTuples(
      'max_dead_tuples',
      'Maximum number of dead tuples that can be stored before cleanup is performed.',
      'max_dead_tuple_bytes',
    ),
    ...deadTuples('num_dead_tuples', 'Current number of dead tuples found so far.', 'dead_tuple_bytes'),
  ],
};

/** These columns count bytes since version 17; postgres_exporter shows them under the old names. */
function deadTuples(name: string, help: string, bytes: string) {
  return [
    { ...level(name, help), until: 170_000 },
    { ...level(name, help, bytes), since: 170_000 },
  ];
}

const PHASES = [
  'initializing',
  'scanning heap',
  'vacuuming indexes',
  'vacuuming heap',
  'cleaning up indexes',
  'truncating heap',
  'performing final cleanup',
];

const VACUUM_PHASES: View = {
  prefix: 'pg_stat_progress_vacuum',
  labels: { ...VACUUM_LABELS, phase: 'p.phase' },
  ifNull: 'zero',
  from: `FROM pg_stat_progress_vacuum v CROSS JOIN unnest(ARRAY[${PHASES.map((each) => `'${each}'`).join(', ')}]) AS p(phase)`,
  columns: [
    level(
      'phase',
      "Current vacuum phase (1 = active, 0 = inactive). Label 'phase' is human-readable.",
      '(v.phase = p.phase)::int',
    ),
  ],
};

/** The collectors for the tables of the database that the connection is to. */
export const TABLE_COLLECTORS = [
  viewCollector('stat_progress_vacuum', true, [PROGRESS_VACUUM, VACUUM_PHASES]),
  viewCollector('stat_user_tables', true, [USER_TABLES]),
  viewCollector('statio_user_tables', true, [USER_TABLES_IO]),
];
