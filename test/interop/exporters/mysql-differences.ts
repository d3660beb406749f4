import type { KnownDifference, Wobble } from './exporter-comparison.js';

/** What moves to and fro while a server works, or is a time that has passed. */
export const WOBBLES: readonly Wobble[] = [
  { family: /^mysql_info_schema_innodb_metrics_(?!.*_total$)/, part: 1, amount: 5e6 },
  // The wait of an idle connection is counted when it ends.
  { family: /^mysql_perf_schema_events_waits_seconds_total$/, part: 0.1, amount: 5 },
  { family: /^mysql_(?:perf_schema_memory_events_used|sys_current_memory)_bytes$/, part: 1, amount: 5e6 },
  // Quantiles that the server estimates from a histogram, of statements that go on.
  { family: /^mysql_perf_schema_events_statements_latency$/, part: 1, amount: 0.1 },
  { family: /^mysql_exporter_collector_duration_seconds$/, part: 0, amount: Infinity },
  { family: /^mysql_global_status_memory_used/, part: 0.5, amount: 0 },
  { family: /^mysql_info_schema_(?:client|user)_statistics_concurrent_connections$/, part: 0, amount: 10 },
  {
    family: /^mysql_global_status_(?:buffer_pool_|innodb_(?:buffer_pool_|checkpoint_|data_pending|history_))/,
    part: 1,
    amount: 5e6,
  },
  {
    family: /^mysql_global_status_(?:threads_|innodb_(?:row_lock|os_log_pending|num_open)|open_)/,
    part: 0,
    amount: 10,
  },
  { family: /^mysql_global_status_innodb_/, part: 0.1, amount: 1000 },
  { family: /^mysql_info_schema_processlist_/, part: 1, amount: 20 },
  { family: /^mysql_engine_innodb_/, part: 0, amount: 10 },
];

/** Differences that stay. */
export const KNOWN: readonly KnownDifference[] = [
  {
    line: /series only in (?:Sonde|the exporter): mysql_info_schema_processlist_/,
    reason: 'threads change their state from one look to the next',
  },
  {
    line: /^MySQL, no rights: value of mysql_exporter_collector_success\{collector="collect.info_schema.innodb_(?:cmp|cmpmem|metrics|tablespaces)"\}: 1 … 1 \| 0$/,
    reason: 'the server names the columns, then refuses; the exporter does not look at errors that come among rows',
  },
];
