import { gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import type { TextRows } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import { MysqlRefusal } from '../mysql-errors.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_info_schema_replica_host_';
const LABELS = ['server_id', 'role'] as const;
type OfReplica = MetricDefinition<(typeof LABELS)[number]>;

/**
 * The columns after the labels: the name, the metric, and the factor from the server's unit to the metric's, such as
 * seconds.
 */
const COLUMNS: readonly (readonly [column: string, metric: OfReplica, unit: number])[] = [
  ['cpu', gauge(`${PREFIX}cpu_percent`, 'The CPU usage as a percentage.', LABELS), 1],
  [
    'master_slave_latency_in_microseconds',
    gauge(`${PREFIX}replica_latency_seconds`, 'The source-replica latency in seconds.', LABELS),
    0.000_001,
  ],
  ['replica_lag_in_milliseconds', gauge(`${PREFIX}lag_seconds`, 'The replica lag in seconds.', LABELS), 0.001],
  [
    'log_stream_speed_in_kib_per_second',
    gauge(`${PREFIX}log_stream_speed`, 'The log stream speed in kilobytes per second.', LABELS),
    1,
  ],
  [
    'current_replay_latency_in_microseconds',
    gauge(`${PREFIX}replay_latency_seconds`, 'The current replay latency in seconds.', LABELS),
    0.000_001,
  ],
];

/** Aurora has at most fifteen. */
const MOST_ROWS = 100;
/** The error number of a table that information_schema does not have. */
const UNKNOWN_TABLE = 1109;

/** The state of the replicas of an Aurora cluster. No other server has them, which is no failure. */
export const REPLICA_HOST: MysqlCollector = {
  name: 'info_schema.replica_host',
  isDefault: false,
  collect: async (server) => {
    for (const row of await rowsOf(server)) {
      const labels = { server_id: row[0] ?? '', role: row[1] ?? '' };
      COLUMNS.forEach(([, metric, unit], at) => {
        const value = parseFloatText(row[at + 2] ?? '');
        if (value !== undefined) server.metrics.setWith(metric, labels, value * unit);
      });
    }
  },
};

async function rowsOf({ ask }: MysqlServer): Promise<TextRows> {
  const columns = COLUMNS.map(([column]) => column).join(', ');
  try {
    const rows = await ask(`SELECT server_id, if(session_id = 'MASTER_SESSION_ID', 'writer', 'reader'), ${columns}
      FROM information_schema.replica_host_status LIMIT ${MOST_ROWS + 1}`);
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    return rows;
  } catch (error) {
    if (error instanceof MysqlRefusal && error.number === UNKNOWN_TABLE) return [];
    throw error;
  }
}
