import type { KnownDifference, Wobble } from './exporter-comparison.js';

/** The collectors of both that are off unless asked for. */
export const MORE_COLLECTORS = [
  'buffercache_summary',
  'database_wraparound',
  'long_running_transactions',
  'postmaster',
  'process_idle',
  'stat_activity_autovacuum',
  'stat_checkpointer',
  'stat_statements',
  'stat_wal_receiver',
  'statio_user_indexes',
  'xlog_location',
];
/** Their flags. */
export const MORE_FLAGS = MORE_COLLECTORS.map((name) => `--collector.${name}`);

/** What moves to and fro while a server works, or is a time that has passed. */
export const WOBBLES: readonly Wobble[] = [
  { family: /^pg_(?:scrape_collector|exporter_last_scrape)_duration_seconds$/, part: 0, amount: Infinity },
  // Each exporter has sessions of its own: one or several.
  { family: /^pg_(?:stat_database_numbackends|stat_activity_count)$/, part: 0, amount: 4 },
  { family: /^pg_(?:long_running_transactions|process_idle_seconds)$/, part: 0, amount: 4 },
  { family: /^pg_stat_activity_max_tx_duration$|^pg_long_running_transactions_oldest/, part: 0, amount: 5 },
  { family: /^pg_locks_count$/, part: 0, amount: 10 },
  { family: /^pg_database_wraparound_/, part: 0, amount: 100 },
  { family: /^pg_stat_user_tables_n_(?:dead|live)_tup$/, part: 0.2, amount: 100 },
];

/** Differences that stay. */
export const KNOWN: readonly KnownDifference[] = [
  {
    line: /: only in the exporter: pg_exporter_/,
    reason: 'what the exporter tells of its scrapes, the prober has in its own metrics',
  },
  {
    line: /(?:^|: )value of pg_settings_extra_float_digits/,
    reason: "the exporter's client sets it for its own session",
  },
  {
    line: /series only in (?:Sonde|the exporter): pg_stat_activity_(?:count|max_tx_duration)\{(?!application_name="sonde"|.*state="idle in transaction"|.*wait_event_type="Lock")/,
    reason: 'sessions change their state meanwhile, and the exporter has several of its own',
  },
  {
    line: /series only in (?:Sonde|the exporter): pg_stat_statements_|: value of pg_stat_statements_\w+\{.*queryid="unknown"/,
    reason:
      'the statements of each exporter are among the first 100; a role that may not see them has one name for all',
  },
  {
    line: /series only in Sonde: pg_process_idle_seconds_\w+\{.*state="idle in transaction|^a role without pg_monitor: only in the exporter: pg_process_idle_seconds$/,
    reason:
      'the exporter tells of the first group of sessions alone; it has further ones of its own, which a role without pg_monitor sees',
  },
  {
    line: /^a role without pg_monitor: value of pg_scrape_collector_success\{collector="database"\}: 0 … 0 \| 1$/,
    reason: 'a database whose size the role may not see fails only itself',
  },
];

/** On the telemetry path. */
export const KNOWN_THERE: readonly KnownDifference[] = [
  ...KNOWN.filter(({ line }) => !line.source.includes('pg_exporter_')),
  {
    line: /value of postgres_exporter_config_last_reload_success_timestamp_seconds/,
    reason: 'each has read the file in its own time',
  },
];
