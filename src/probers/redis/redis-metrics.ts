import { counter, gauge, type MetricDefinition } from '../../metrics/metric-definition.js';

// Names, types and texts are those of redis_exporter 1.86: its dashboards and alerts work as they are.
const CMD = ['cmd'] as const;
const DB = ['db'] as const;
const MASTER = ['master_host', 'master_port'] as const;
const SLAVE = ['slave_ip', 'slave_port', 'slave_state'] as const;
const WATCHED = ['master_name', 'master_address'] as const;

/** `redis_up`. */
export const up = gauge('redis_up', 'Information about the Redis instance');
/** `redis_start_time_seconds`. */
export const startTime = gauge(
  'redis_start_time_seconds',
  'Start time of the Redis instance since unix epoch in seconds.',
);
/** `redis_configured_hz`. */
export const configuredHz = gauge('redis_configured_hz', 'configured_hz metric');
/** `redis_hz`. */
export const hz = gauge('redis_hz', 'hz metric');

/** `redis_commands_total`. */
export const commandsTotal = counter('redis_commands_total', 'Total number of calls per command', CMD);
/** `redis_commands_duration_seconds_total`. */
export const commandsDuration = counter(
  'redis_commands_duration_seconds_total',
  'Total amount of time in seconds spent per command',
  CMD,
);
/** `redis_commands_rejected_calls_total`. */
export const commandsRejected = counter(
  'redis_commands_rejected_calls_total',
  'Total number of errors within command execution per command',
  CMD,
);
/** `redis_commands_failed_calls_total`. */
export const commandsFailed = counter(
  'redis_commands_failed_calls_total',
  'Total number of errors prior command execution per command',
  CMD,
);
/** `redis_errors_total`. */
export const errorsTotal = counter('redis_errors_total', 'Total number of errors per error type', ['err']);

/** `redis_db_keys`. */
export const dbKeys = gauge('redis_db_keys', 'Total number of keys by DB', DB);
/** `redis_db_keys_expiring`. */
export const dbKeysExpiring = gauge('redis_db_keys_expiring', 'Total number of expiring keys by DB', DB);
/** `redis_db_keys_cached`. */
export const dbKeysCached = gauge('redis_db_keys_cached', 'Total number of cached keys by DB', DB);
/** `redis_db_avg_ttl_seconds`. */
export const dbAverageTtl = gauge('redis_db_avg_ttl_seconds', 'Avg TTL in seconds', DB);

/** `redis_master_link_up`. */
export const masterLinkUp = gauge('redis_master_link_up', 'Master link status on Redis slave', MASTER);
/** `redis_master_last_io_seconds_ago`. */
export const masterLastIo = gauge('redis_master_last_io_seconds_ago', 'Master last io seconds ago', MASTER);
/** `redis_master_sync_in_progress`. */
export const masterSync = gauge('redis_master_sync_in_progress', 'Master sync in progress', MASTER);
/** `redis_slave_repl_offset`. */
export const slaveOffset = gauge('redis_slave_repl_offset', 'Slave replication offset', MASTER);
/** `redis_slave_info`. */
export const slaveInfo = gauge('redis_slave_info', 'Information about the Redis slave', [...MASTER, 'read_only']);
/** `redis_connected_slave_offset_bytes`. */
export const connectedSlaveOffset = gauge('redis_connected_slave_offset_bytes', 'Offset of connected slave', SLAVE);
/** `redis_connected_slave_lag_seconds`. */
export const connectedSlaveLag = gauge('redis_connected_slave_lag_seconds', 'Lag of connected slave', SLAVE);

const CONFIG_GAUGES = ['io-threads', 'maxclients', 'maxmemory', 'repl-backlog-size'] as const;

/** Settings that are shown as gauges. */
export const configGauges = new Map<string, MetricDefinition<never>>(
  CONFIG_GAUGES.map((key) => {
    const name = `config_${key.replaceAll('-', '_')}`;
    return [key, gauge(`redis_${name}`, `${name} metric`)] as const;
  }),
);
/** `redis_config_client_output_buffer_limit_bytes`. */
export const outputLimit = gauge(
  'redis_config_client_output_buffer_limit_bytes',
  'The configured buffer limits per class',
  ['class', 'limit'],
);
/** `redis_config_client_output_buffer_limit_overcome_seconds`. */
export const outputLimitSeconds = gauge(
  'redis_config_client_output_buffer_limit_overcome_seconds',
  'How long for buffer limits per class to be exceeded before replicas are dropped',
  ['class', 'limit'],
);

/** `redis_latency_spike_last`. */
export const spikeLast = gauge('redis_latency_spike_last', 'When the latency spike last occurred', ['event_name']);
/** `redis_latency_spike_duration_seconds`. */
export const spikeDuration = gauge(
  'redis_latency_spike_duration_seconds',
  'Length of the last latency spike in seconds',
  ['event_name'],
);
/** `redis_slowlog_length`. */
export const slowlogLength = gauge('redis_slowlog_length', 'Total slowlog');
/** `redis_slowlog_last_id`. */
export const slowlogLastId = gauge('redis_slowlog_last_id', 'Last id of slowlog');
/** `redis_last_slow_execution_duration_seconds`. */
export const lastSlow = gauge(
  'redis_last_slow_execution_duration_seconds',
  'The amount of time needed for last slow execution, in seconds',
);

const SENTINEL_FIELDS: readonly (readonly [field: string, help: string])[] = [
  ['sentinel_masters', 'The number of masters this sentinel is watching'],
  ['sentinel_tilt', 'Sentinel is in TILT mode'],
  ['sentinel_running_scripts', 'Number of scripts in execution right now'],
  ['sentinel_scripts_queue_length', 'Queue of user scripts to execute'],
  ['sentinel_simulate_failure_flags', 'Failures simulations'],
];

/** The fields of INFO's section Sentinel that are gauges. */
export const sentinelGauges = new Map(
  SENTINEL_FIELDS.map(([field, help]) => [field, gauge(`redis_${field}`, help)] as const),
);
/** `redis_sentinel_master_status`. */
export const sentinelStatus = gauge('redis_sentinel_master_status', 'Master status on Sentinel', [
  ...WATCHED,
  'master_status',
]);
/** `redis_sentinel_master_slaves`. */
export const sentinelSlaves = gauge('redis_sentinel_master_slaves', 'The number of slaves of the master', WATCHED);
/** `redis_sentinel_master_sentinels`. */
export const sentinelSentinels = gauge(
  'redis_sentinel_master_sentinels',
  'The number of sentinels monitoring this master',
  WATCHED,
);
/** `redis_sentinel_master_ok_slaves`. */
export const sentinelOkSlaves = gauge(
  'redis_sentinel_master_ok_slaves',
  'The number of okay slaves of the master',
  WATCHED,
);
/** `redis_sentinel_master_ok_sentinels`. */
export const sentinelOkSentinels = gauge(
  'redis_sentinel_master_ok_sentinels',
  'The number of okay sentinels monitoring this master',
  WATCHED,
);
/** `redis_sentinel_master_ckquorum_status`. */
export const sentinelQuorum = gauge('redis_sentinel_master_ckquorum_status', 'Master ckquorum status', [
  'master_name',
  'message',
]);

const OF_MASTERS: readonly (readonly [field: string, name: string, help: string])[] = [
  ['quorum', 'setting_ckquorum', 'Show the current ckquorum config for each master'],
  ['failover-timeout', 'setting_failover_timeout', 'Show the current failover-timeout config for each master'],
  ['parallel-syncs', 'setting_parallel_syncs', 'Show the current parallel-syncs config for each master'],
  [
    'down-after-milliseconds',
    'setting_down_after_milliseconds',
    'Show the current down-after-milliseconds config for each master',
  ],
  ['config-epoch', 'config_epoch', 'The configuration epoch of the master (increments on each failover)'],
];

/** The metrics of each master in SENTINEL MASTERS, by its field. */
export const sentinelOfMasters = new Map(
  OF_MASTERS.map(([field, name, help]) => [field, gauge(`redis_sentinel_master_${name}`, help, WATCHED)] as const),
);
/** `redis_sentinel_master_last_ok_ping_reply_seconds`. */
export const sentinelLastPing = gauge(
  'redis_sentinel_master_last_ok_ping_reply_seconds',
  'Elapsed time in seconds since the last successful ping reply from the master',
  WATCHED,
);
