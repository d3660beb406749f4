import type { MetricType } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { NamedMetrics } from '../../server-client/named-metrics.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';
import { whereCounted } from './userstat-switch.js';

// Names, types and texts are those of mysqld_exporter 0.19.

/** The metric of a column. */
interface Told {
  readonly name: string;
  readonly type: MetricType & ('counter' | 'gauge' | 'untyped');
  readonly help: string;
}

const counts = (name: string, help: string): Told => ({ name, type: 'counter', help });
const level = (name: string, help: string): Told => ({ name, type: 'gauge', help });

const OF_CLIENTS: ReadonlyMap<string, Told> = new Map([
  ['TOTAL_CONNECTIONS', counts('total_connections', 'The number of connections created for this client.')],
  ['CONCURRENT_CONNECTIONS', level('concurrent_connections', 'The number of concurrent connections for this client.')],
  [
    'CONNECTED_TIME',
    counts(
      'connected_time_seconds_total',
      'The cumulative number of seconds elapsed while there were connections from this client.',
    ),
  ],
  [
    'BUSY_TIME',
    counts(
      'busy_seconds_total',
      'The cumulative number of seconds there was activity on connections from this client.',
    ),
  ],
  [
    'CPU_TIME',
    counts(
      'cpu_time_seconds_total',
      "The cumulative CPU time elapsed, in seconds, while servicing this client's connections.",
    ),
  ],
  ['BYTES_RECEIVED', counts('bytes_received_total', 'The number of bytes received from this client’s connections.')],
  ['BYTES_SENT', counts('bytes_sent_total', 'The number of bytes sent to this client’s connections.')],
  [
    'BINLOG_BYTES_WRITTEN',
    counts(
      'binlog_bytes_written_total',
      'The number of bytes written to the binary log from this client’s connections.',
    ),
  ],
  ['ROWS_READ', counts('rows_read_total', 'The number of rows read by this client’s connections.')],
  ['ROWS_SENT', counts('rows_sent_total', 'The number of rows sent by this client’s connections.')],
  ['ROWS_DELETED', counts('rows_deleted_total', 'The number of rows deleted by this client’s connections.')],
  ['ROWS_INSERTED', counts('rows_inserted_total', 'The number of rows inserted by this client’s connections.')],
  ['ROWS_UPDATED', counts('rows_updated_total', 'The number of rows updated by this client’s connections.')],
  [
    'SELECT_COMMANDS',
    counts('select_commands_total', 'The number of SELECT commands executed from this client’s connections.'),
  ],
  [
    'UPDATE_COMMANDS',
    counts('update_commands_total', 'The number of UPDATE commands executed from this client’s connections.'),
  ],
  [
    'OTHER_COMMANDS',
    counts('other_commands_total', 'The number of other commands executed from this client’s connections.'),
  ],
  [
    'COMMIT_TRANSACTIONS',
    counts('commit_transactions_total', 'The number of COMMIT commands issued by this client’s connections.'),
  ],
  [
    'ROLLBACK_TRANSACTIONS',
    counts('rollback_transactions_total', 'The number of ROLLBACK commands issued by this client’s connections.'),
  ],
  ['DENIED_CONNECTIONS', counts('denied_connections_total', 'The number of connections denied to this client.')],
  [
    'LOST_CONNECTIONS',
    counts('lost_connections_total', 'The number of this client’s connections that were terminated uncleanly.'),
  ],
  [
    'ACCESS_DENIED',
    counts('access_denied_total', 'The number of times this client’s connections issued commands that were denied.'),
  ],
  [
    'EMPTY_QUERIES',
    counts('empty_queries_total', 'The number of times this client’s connections sent empty queries to the server.'),
  ],
  [
    'TOTAL_SSL_CONNECTIONS',
    counts(
      'total_ssl_connections_total',
      'The number of times this client’s connections connected using SSL to the server.',
    ),
  ],
  [
    'MAX_STATEMENT_TIME_EXCEEDED',
    counts(
      'max_statement_time_exceeded_total',
      'The number of times a statement was aborted, because it was executed longer than its MAX_STATEMENT_TIME threshold.',
    ),
  ],
]);

const OF_USERS: ReadonlyMap<string, Told> = new Map([
  ['TOTAL_CONNECTIONS', counts('total_connections', 'The number of connections created for this user.')],
  ['CONCURRENT_CONNECTIONS', level('concurrent_connections', 'The number of concurrent connections for this user.')],
  [
    'CONNECTED_TIME',
    counts(
      'connected_time_seconds_total',
      'The cumulative number of seconds elapsed while there were connections from this user.',
    ),
  ],
  [
    'BUSY_TIME',
    counts('busy_seconds_total', 'The cumulative number of seconds there was activity on connections from this user.'),
  ],
  [
    'CPU_TIME',
    counts(
      'cpu_time_seconds_total',
      "The cumulative CPU time elapsed, in seconds, while servicing this user's connections.",
    ),
  ],
  ['BYTES_RECEIVED', counts('bytes_received_total', 'The number of bytes received from this user’s connections.')],
  ['BYTES_SENT', counts('bytes_sent_total', 'The number of bytes sent to this user’s connections.')],
  [
    'BINLOG_BYTES_WRITTEN',
    counts('binlog_bytes_written_total', 'The number of bytes written to the binary log from this user’s connections.'),
  ],
  ['ROWS_READ', counts('rows_read_total', "The number of rows read by this user's connections.")],
  ['ROWS_SENT', counts('rows_sent_total', "The number of rows sent by this user's connections.")],
  ['ROWS_DELETED', counts('rows_deleted_total', "The number of rows deleted by this user's connections.")],
  ['ROWS_INSERTED', counts('rows_inserted_total', "The number of rows inserted by this user's connections.")],
  ['ROWS_UPDATED', counts('rows_updated_total', 'The number of rows updated by this user’s connections.')],
  [
    'SELECT_COMMANDS',
    counts('select_commands_total', 'The number of SELECT commands executed from this user’s connections.'),
  ],
  [
    'UPDATE_COMMANDS',
    counts('update_commands_total', 'The number of UPDATE commands executed from this user’s connections.'),
  ],
  [
    'OTHER_COMMANDS',
    counts('other_commands_total', 'The number of other commands executed from this user’s connections.'),
  ],
  [
    'COMMIT_TRANSACTIONS',
    counts('commit_transactions_total', 'The number of COMMIT commands issued by this user’s connections.'),
  ],
  [
    'ROLLBACK_TRANSACTIONS',
    counts('rollback_transactions_total', 'The number of ROLLBACK commands issued by this user’s connections.'),
  ],
  ['DENIED_CONNECTIONS', counts('denied_connections_total', 'The number of connections denied to this user.')],
  [
    'LOST_CONNECTIONS',
    counts('lost_connections_total', 'The number of this user’s connections that were terminated uncleanly.'),
  ],
  [
    'ACCESS_DENIED',
    counts('access_denied_total', 'The number of times this user’s connections issued commands that were denied.'),
  ],
  [
    'EMPTY_QUERIES',
    counts('empty_queries_total', 'The number of times this user’s connections sent empty queries to the server.'),
  ],
  [
    'TOTAL_SSL_CONNECTIONS',
    counts(
      'total_ssl_connections_total',
      'The number of times this user’s connections connected using SSL to the server.',
    ),
  ],
]);

/** Users or clients shown at most; every host that ever connected is a client. */
const MOST_ROWS = 10_000;

/** A table of the variable `userstat`: its first column is the label, the versions of the server add others. */
interface UserstatTable {
  readonly table: string;
  readonly prefix: string;
  readonly label: string;
  readonly columns: ReadonlyMap<string, Told>;
}

const CLIENT_STATISTICS: UserstatTable = {
  table: 'client_statistics',
  prefix: 'mysql_info_schema_client_statistics_',
  label: 'client',
  columns: OF_CLIENTS,
};

const USER_STATISTICS: UserstatTable = {
  table: 'user_statistics',
  prefix: 'mysql_info_schema_user_statistics_',
  label: 'user',
  columns: OF_USERS,
};

/** The statistics of the server's clients and users. Servers without them, or with `userstat` off, have none. */
export const USERSTAT_COLLECTORS: readonly MysqlCollector[] = [
  userstatCollector('info_schema.clientstats', CLIENT_STATISTICS),
  userstatCollector('info_schema.userstats', USER_STATISTICS),
];

function userstatCollector(name: string, table: UserstatTable): MysqlCollector {
  return {
    name,
    isDefault: false,
    collect: whereCounted((server) => reportTable(table, server)),
  };
}

async function reportTable({ table, prefix, label, columns }: UserstatTable, server: MysqlServer): Promise<void> {
  const { names, rows } = await server.askTable(`SELECT * FROM information_schema.${table} LIMIT ${MOST_ROWS + 1}`);
  if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
  const sinks = {
    counter: new NamedMetrics(server.metrics, { prefix, type: 'counter', labels: [label] }),
    gauge: new NamedMetrics(server.metrics, { prefix, type: 'gauge', labels: [label] }),
    untyped: new NamedMetrics(server.metrics, { prefix, type: 'untyped', labels: [label] }),
  };
  const told = names.map((name) => columns.get(name.toUpperCase()) ?? unknownColumn(name));
  for (const row of rows) {
    if (loopTurns.isOver()) await server.nextTurn();
    const labels = { [label]: row[0] ?? '' };
    for (let at = 1; at < row.length; at++) {
      const value = parseFloatText(row[at] ?? '');
      const column = told[at];
      if (value === undefined || column === undefined) continue;
      sinks[column.type].set(column.name, { value, help: column.help, labels });
    }
  }
}

/** A column of a later version. */
function unknownColumn(name: string): Told | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  return { name: name.toLowerCase(), type: 'untyped', help: `Unsupported metric from column ${name}` };
}
