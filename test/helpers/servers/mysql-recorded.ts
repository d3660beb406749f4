import { complaint, type MysqlAnswer, ok, table } from './mysql-server.js';

type Row = readonly (string | null)[];

/** The statements that a pattern matches, and what is answered: columns and rows. */
export type RecordedAnswer = readonly [statement: RegExp, names: readonly string[], rows: readonly Row[]];

const columns = (text: string): readonly string[] => text.split(' ');

/**
 * Rows as servers have them that cannot be had for tests: Aurora, TokuDB, MyRocks, MySQL 5.7 in a group. Of each table
 * are the columns in the order in which both mysqld_exporter 0.19 and Sonde ask for them.
 */
export const RECORDED: readonly RecordedAnswer[] = [
  [/userstat_running/, columns('Variable_name Value'), []],
  [/table_name = 'INNODB_SYS_TABLESPACES'\s+OR/i, ['table_name'], [['INNODB_SYS_TABLESPACES']]],
  [
    /FROM information_schema.`?INNODB_(?:SYS_)?TABLESPACES/i,
    columns('space name file_format row_format space_type file_size allocated_size'),
    [
      ['0', 'innodb_system', 'FILE_FORMAT', 'Compact or Redundant', 'System', '12582912', '12582912'],
      ['4294967294', 'app/busy', 'FILE_FORMAT', 'Dynamic', 'Single', '98304', '65536'],
    ],
  ],
  [
    /FROM information_schema.processlist/i,
    columns('user host command state processes seconds'),
    [
      ['app', '10.0.0.1', 'Query', 'Sending data; (x), y.z:w-v', '2', '7'],
      ['app', '', 'Sleep', '', '1', '300'],
      ['b', '10.0.0.1', 'Sleep', '', '1', '5'],
      ['c', 'h', 'Binlog Dump', 'Has sent all binlog to slave; waiting for more updates', '1', '1000'],
      ['d', 'h', 'Binlog Dump', 'Has sent all binlog to slave; waiting for more updates', '1', '1000'],
      ['e', 'h', 'Daemon', 'a/b "q" ñ', '1', '1'],
    ],
  ],
  [
    /replica_host_status/i,
    columns('server_id role cpu latency lag speed replay'),
    [
      ['db-1', 'writer', '12.5', '0', '0', '1.25', '0'],
      ['db-2', 'reader', '3.3', '1234567', '15.5', '2', '77'],
    ],
  ],
  [
    /ROCKSDB_PERF_CONTEXT/i,
    columns('table_schema table_name partition stat_type value'),
    [
      ['app', 't', '', 'BLOCK_READ_BYTE', '7'],
      ['app', 't', 'p0', 'USER_KEY_COMPARISON_COUNT', '8'],
      ['app', 't', '', 'OF_A_LATER_VERSION', '9'],
    ],
  ],
  [
    /SHOW ENGINE TOKUDB STATUS/,
    columns('Type Name Status'),
    [
      ['TokuDB', 'cachetable: miss time (usec)', '12'],
      ['TokuDB', 'disk free space', 'more than twenty percent'],
      ['TokuDB', 'indexer: number of calls to indexer->build() failed', '3'],
      ['TokuDB', 'locktree: latest post-escalation memory size', '0.5'],
      ['TokuDB', 'a/b + c', 'ON'],
      ['TokuDB', 'time of environment creation', 'Sat Nov  7 16:17:22 2015'],
    ],
  ],
  [
    /SHOW ENGINE INNODB STATUS/,
    columns('Type Name Status'),
    [['InnoDB', '', '--\n3 queries inside InnoDB, 4 queries in queue\n5 read views open inside InnoDB\n--\n']],
  ],
  [
    /SHOW SLAVE HOSTS/,
    columns('Server_id Host Port Master_id Slave_UUID'),
    [
      ['2', 'h2', '3306', '0', '1'],
      ['3', 'h3', '3307', '1', '14cb6624-7f93-11e0-b2c0-c80aa9429562'],
    ],
  ],
  [
    /replication_group_members/,
    columns('CHANNEL_NAME MEMBER_ID MEMBER_HOST MEMBER_PORT MEMBER_STATE'),
    [
      ['group_replication_applier', 'id-1', 'h1', '3306', 'ONLINE'],
      ['group_replication_applier', 'id-2', 'h2', null, 'OFFLINE'],
    ],
  ],
  [
    /replication_group_member_stats/,
    columns('CHANNEL_NAME VIEW_ID MEMBER_ID COUNT_TRANSACTIONS_IN_QUEUE COUNT_TRANSACTIONS_CHECKED').concat(
      columns('COUNT_CONFLICTS_DETECTED COUNT_TRANSACTIONS_ROWS_VALIDATING'),
    ),
    [['group_replication_applier', '1:1', 'id-1', '1', '2', '3', '4']],
  ],
  [
    /replication_applier_status_by_worker/,
    columns('a b c d e f g h i'),
    [
      [
        ...['ch', '1', '2019-03-14 00:00:00.000000', '0000-00-00 00:00:00.000000', '2019-03-14 00:00:01.123457'],
        ...['nothing', '2019-03-14 00:00:00', '2019-03-14T00:00:00.500000', '2026-11-29 08:00:00.654321'],
      ],
    ],
  ],
  [
    /UNIX_TIMESTAMP/i,
    columns('ts now server_id'),
    [
      ['1', '2.5', '7'],
      ['0.000000', '2.5', '8'],
    ],
  ],
  [
    /LEFT\(DIGEST_TEXT/i,
    columns('schema digest text count wait errors warnings affected sent examined disk tmp merge sort index'),
    [['app', 'd1', 'SELECT ?', '1', '2000000000000', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']],
  ],
];

/** A server of a version that has these answers, and says of all other tables that it does not know them. */
export function recordedServer(version: string, answers: readonly RecordedAnswer[] = RECORDED): MysqlAnswer {
  return (sql) => {
    if (sql.includes('@@version')) return table(['@@version'], [[version]]);
    if (sql.startsWith('SET ')) return ok(1);
    const [, names, rows] = answers.find(([statement]) => statement.test(sql)) ?? [];
    return names === undefined || rows === undefined ? complaint(1, 1109, 'Unknown table') : table(names, rows);
  };
}
