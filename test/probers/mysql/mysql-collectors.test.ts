import t from 'tap';
import { recordedServer } from '../../helpers/servers/mysql-recorded.js';
import { startMysqlServer, table } from '../../helpers/servers/mysql-server.js';
import { probe } from '../../helpers/services/probe.js';

const MODULE = 'prober: mysql\nmysql: {username: u, collectors: {global_variables: false';

interface Case {
  readonly name: string;
  readonly collector: string;
  readonly version?: string;
  /** The series of the collector. */
  readonly gives: Readonly<Record<string, number>>;
}

const TIMES = 'mysql_perf_schema_';
const OF_WORKER = 'timestamp_seconds{channel_name="ch",member_id="1"}';
const DIGEST = '{digest="d1",digest_text="SELECT ?",schema="app"}';
const statement = (name: string): string => `mysql_perf_schema_events_statements_${name}${DIGEST}`;

/** What mysqld_exporter gives of the same rows, as the comparison with it shows. */
const CASES: readonly Case[] = [
  {
    name: 'the status of InnoDB',
    collector: 'engine_innodb_status',
    gives: {
      mysql_engine_innodb_queries_inside_innodb: 3,
      mysql_engine_innodb_queries_in_queue: 4,
      mysql_engine_innodb_read_views_open_inside_innodb: 5,
    },
  },
  {
    name: 'the status of TokuDB: sentences become names, texts are none',
    collector: 'engine_tokudb_status',
    gives: {
      mysql_engine_tokudb_cachetable_miss_time_usec: 12,
      mysql_engine_tokudb_indexer_number_of_calls_to_indexer_build_failed: 3,
      mysql_engine_tokudb_locktree_latest_post_escalation_memory_size: 0.5,
      mysql_engine_tokudb_aandb_and_c: 1,
    },
  },
  {
    name: 'heartbeats',
    collector: 'heartbeat',
    gives: {
      'mysql_heartbeat_now_timestamp_seconds{server_id="7"}': 2.5,
      'mysql_heartbeat_now_timestamp_seconds{server_id="8"}': 2.5,
      'mysql_heartbeat_stored_timestamp_seconds{server_id="7"}': 1,
      'mysql_heartbeat_stored_timestamp_seconds{server_id="8"}': 0,
    },
  },
  {
    name: 'replicas of Aurora, in seconds',
    collector: 'info_schema.replica_host',
    gives: {
      'mysql_info_schema_replica_host_cpu_percent{role="writer",server_id="db-1"}': 12.5,
      'mysql_info_schema_replica_host_cpu_percent{role="reader",server_id="db-2"}': 3.3,
      'mysql_info_schema_replica_host_replica_latency_seconds{role="writer",server_id="db-1"}': 0,
      'mysql_info_schema_replica_host_replica_latency_seconds{role="reader",server_id="db-2"}': 1.234567,
      'mysql_info_schema_replica_host_lag_seconds{role="writer",server_id="db-1"}': 0,
      'mysql_info_schema_replica_host_lag_seconds{role="reader",server_id="db-2"}': 0.0155,
      'mysql_info_schema_replica_host_log_stream_speed{role="writer",server_id="db-1"}': 1.25,
      'mysql_info_schema_replica_host_log_stream_speed{role="reader",server_id="db-2"}': 2,
      'mysql_info_schema_replica_host_replay_latency_seconds{role="writer",server_id="db-1"}': 0,
      'mysql_info_schema_replica_host_replay_latency_seconds{role="reader",server_id="db-2"}': 77 * 0.000_001,
    },
  },
  {
    name: 'MyRocks: statistics of a later version are passed over',
    collector: 'info_schema.rocksdb_perf_context',
    gives: {
      'mysql_info_schema_rocksdb_perf_context_block_read_byte{part="",schema="app",table="t"}': 7,
      'mysql_info_schema_rocksdb_perf_context_user_key_comparison_count{part="p0",schema="app",table="t"}': 8,
    },
  },
  {
    name: 'replicas: the UUID behind the server above, or a rank before it',
    collector: 'slave_hosts',
    gives: {
      'mysql_heartbeat_mysql_slave_hosts_info{master_id="1",port="3306",server_id="2",slave_host="h2",slave_uuid=""}': 1,
      'mysql_heartbeat_mysql_slave_hosts_info{master_id="1",port="3307",server_id="3",slave_host="h3",slave_uuid="14cb6624-7f93-11e0-b2c0-c80aa9429562"}': 1,
    },
  },
  {
    name: 'workers of a replica: a text that is no time is no time',
    collector: 'perf_schema.replication_applier_status_by_worker',
    version: '8.0.36',
    gives: {
      [`${TIMES}last_applied_transaction_original_commit_${OF_WORKER}`]: 1552521600,
      [`${TIMES}last_applied_transaction_immediate_commit_${OF_WORKER}`]: 0,
      [`${TIMES}last_applied_transaction_start_apply_${OF_WORKER}`]: 1552521601.123457,
      [`${TIMES}last_applied_transaction_end_apply_${OF_WORKER}`]: 0,
      [`${TIMES}applying_transaction_original_commit_${OF_WORKER}`]: 0,
      [`${TIMES}applying_transaction_immediate_commit_${OF_WORKER}`]: 0,
      [`${TIMES}applying_transaction_start_apply_${OF_WORKER}`]: 1795939200.654321,
    },
  },
  {
    name: 'a group of MySQL 5.7: the columns are the labels',
    collector: 'perf_schema.replication_group_members',
    gives: {
      'mysql_perf_schema_replication_group_member_info{channel_name="group_replication_applier",member_host="h1",member_id="id-1",member_port="3306",member_state="ONLINE"}': 1,
      'mysql_perf_schema_replication_group_member_info{channel_name="group_replication_applier",member_host="h2",member_id="id-2",member_port="",member_state="OFFLINE"}': 1,
    },
  },
  {
    name: 'what a member does for its group',
    collector: 'perf_schema.replication_group_member_stats',
    gives: {
      mysql_perf_schema_transactions_in_queue: 1,
      mysql_perf_schema_transactions_checked_total: 2,
      mysql_perf_schema_conflicts_detected_total: 3,
      mysql_perf_schema_transactions_rows_validating_total: 4,
    },
  },
  {
    name: 'statements: what a version does not count is zero',
    collector: 'perf_schema.eventsstatements',
    gives: {
      [statement('total')]: 1,
      [statement('seconds_total')]: 2,
      [statement('lock_time_seconds_total')]: 0,
      [statement('cpu_time_seconds_total')]: 0,
      [statement('errors_total')]: 3,
      [statement('warnings_total')]: 4,
      [statement('rows_affected_total')]: 5,
      [statement('rows_sent_total')]: 6,
      [statement('rows_examined_total')]: 7,
      [statement('tmp_disk_tables_total')]: 8,
      [statement('tmp_tables_total')]: 9,
      [statement('sort_merge_passes_total')]: 10,
      [statement('sort_rows_total')]: 11,
      [statement('no_index_used_total')]: 12,
      ...Object.fromEntries(
        ['95', '99', '999'].map((quantile) => [statement('latency').replace('}', `,quantile="${quantile}"}`), 0]),
      ),
      [statement('latency_sum')]: 2,
      [statement('latency_count')]: 1,
    },
  },
];

t.test('what recorded rows become', async (t) => {
  for (const { name, collector, version = '5.7.44', gives } of CASES) {
    const server = await startMysqlServer(t, recordedServer(version));
    const { metrics, log } = await probe(`${MODULE}, ${collector}: true}}`, server.target);
    t.equal(metrics[`mysql_exporter_collector_success{collector="collect.${collector}"}`], 1, `${name}: ${log}`);
    const names = new Set(Object.keys(gives).map(familyOf));
    const told = Object.entries(metrics).filter(([series]) => names.has(familyOf(series)));
    t.same(Object.fromEntries(told), gives, name);
  }
});

const familyOf = (series: string): string => series.replace(/\{.*/, '').replace(/(?<=_latency)_(?:sum|count)$/, '');

interface Refused {
  readonly name: string;
  readonly collector: string;
  readonly version?: string;
  readonly answers?: Parameters<typeof recordedServer>[1];
  readonly success: 0 | 1 | undefined;
  readonly says?: RegExp;
}

const REFUSED: readonly Refused[] = [
  { name: 'a server that is no Aurora', collector: 'info_schema.replica_host', answers: [], success: 1 },
  { name: 'no MyRocks', collector: 'info_schema.rocksdb_perf_context', answers: [], success: 0, says: /error 1109/ },
  {
    name: 'MySQL 5.7 does not count what workers apply',
    collector: 'perf_schema.replication_applier_status_by_worker',
    success: undefined,
  },
  {
    name: 'a heartbeat without a time',
    collector: 'heartbeat',
    answers: [[/UNIX_TIMESTAMP/, ['a', 'b', 'c'], [[null, '1', '7']]]],
    success: 0,
    says: /the heartbeat of server 7 has no time/,
  },
  {
    name: 'a column that is no label',
    collector: 'perf_schema.replication_group_members',
    answers: [[/group_members/, ['a b'], [['1']]]],
    success: 0,
    says: /a column that is no label/,
  },
  ...(
    [
      ['info_schema.innodb_tablespaces', 7, 10_000],
      ['info_schema.processlist', 6, 10_000],
      ['info_schema.replica_host', 7, 100],
      ['mysql.user', 6, 10_000],
      ['slave_hosts', 5, 1000],
      ['heartbeat', 3, 1000],
      ['engine_tokudb_status', 3, 2000],
      ['perf_schema.replication_group_members', 5, 100],
    ] as const
  ).map(([collector, columns, most]): Refused => {
    const names = Array.from({ length: columns }, (_unused, at) => `c${at}`);
    const rows = Array.from({ length: most + 1 }, () => names.map(() => '1'));
    const success = 0;
    return { name: `more rows than ${most}`, collector, answers: [[/./, names, rows]], success, says: /more than/ };
  }),
];

t.test('what is refused, by the server or by us, costs the collector alone', async (t) => {
  for (const { name, collector, version = '5.7.44', answers, success, says = /^/ } of REFUSED) {
    const server = await startMysqlServer(t, recordedServer(version, answers));
    const { metrics, log } = await probe(`${MODULE}, ${collector}: true}}`, server.target);
    const told = metrics[`mysql_exporter_collector_success{collector="collect.${collector}"}`];
    t.equal(told, success, `${collector}: ${name}: ${log}`);
    t.match(log, says, `${collector}: ${name}`);
    t.equal(metrics['mysql_up'], 1, `${collector}: ${name}`);
  }
});

const hex = (text: string): string => `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;

/** What a module may say of its collectors, and a part of the statement that comes of it. */
const OPTIONS: readonly (readonly [collector: string, options: string, part: string])[] = [
  ['heartbeat', '', 'UNIX_TIMESTAMP(NOW(6)), server_id FROM `heartbeat`.`heartbeat`'],
  ['heartbeat', 'heartbeat.utc: true', 'UNIX_TIMESTAMP(UTC_TIMESTAMP(6))'],
  ['heartbeat', 'heartbeat.database: "a`b", heartbeat.table: t', 'FROM `a``b`.`t`'],
  ['info_schema.processlist', 'info_schema.processlist.min_time: 5', 'time >= 5'],
  ['info_schema.tables', '', "table_schema NOT IN ('mysql'"],
  ['info_schema.tables', `info_schema.tables.databases: ["it's", b]`, `table_schema IN (${hex("it's")}, ${hex('b')})`],
  ['info_schema.tables', 'info_schema.tables.databases: []', 'table_schema IN (NULL)'],
  ['mysql.user', '', 'SELECT user, host, max_questions,'],
  ['mysql.user', 'mysql.user.privileges: true', 'SELECT user, host, Select_priv,'],
  ['perf_schema.eventsstatements', 'perf_schema.eventsstatements.limit: 7', 'LIMIT 7'],
  ['perf_schema.eventsstatements', 'perf_schema.eventsstatements.timelimit: 60', 'INTERVAL 60 SECOND'],
  ['perf_schema.eventsstatements', 'perf_schema.eventsstatements.digest_text_limit: 9', 'left(digest_text, 9)'],
  ['perf_schema.eventsstatements', 'perf_schema.eventsstatements.exclude_schemas: [x]', `, ${hex('x')})`],
  ['perf_schema.file_instances', '', 'file_summary_by_instance LIMIT'],
  ['perf_schema.file_instances', "perf_schema.file_instances.filter: 'a.*'", `file_name REGEXP ${hex('a.*')} LIMIT`],
];

t.test('what a module says of its collectors stands in their statements', async (t) => {
  for (const [collector, options, part] of OPTIONS) {
    const asked: string[] = [];
    const answer = recordedServer('8.0.18', []);
    const server = await startMysqlServer(t, (sql, socket) => {
      asked.push(sql);
      return answer(sql, socket);
    });
    await probe(`${MODULE}, ${collector}: true}, collector_options: {${options}}}`, server.target);
    t.ok(
      asked.some((sql) => sql.includes(part)),
      `${options} of ${collector}: ${asked.at(-1) ?? ''}`,
    );
  }
});

t.test('threads by what they do, and by user and host where the module wants it', async (t) => {
  const server = await startMysqlServer(t, recordedServer('8.0.18'));
  const collector = `${MODULE}, info_schema.processlist: true}`;
  const { metrics } = await probe(`${collector}}`, server.target);
  const prefix = 'mysql_info_schema_processlist_';
  for (const [series, value] of [
    ['threads{command="query",state="sending_data_x_yzw_v"}', 2],
    ['threads{command="sleep",state="unknown"}', 2],
    ['seconds{command="sleep",state="unknown"}', 305],
    ['seconds{command="binlog_dump",state="has_sent_all_binlog_to_slave_waiting_for_more_updates"}', 2000],
    ['threads{command="daemon",state="a/b_\\"q\\"_ñ"}', 1],
    ['processes_by_user{mysql_user="app"}', 3],
    ['processes_by_host{client_host="10.0.0.1"}', 3],
    ['processes_by_host{client_host="unknown"}', 1],
  ] as const) {
    t.equal(metrics[`${prefix}${series}`], value, series);
  }
  const off = ['user', 'host'].map((what) => `info_schema.processlist.processes_by_${what}: false`).join(', ');
  const less = await probe(`${collector}, collector_options: {${off}}}`, server.target);
  t.notOk(Object.keys(less.metrics).some((series) => series.includes('processes_by_')));
  t.ok(`${prefix}threads{command="sleep",state="unknown"}` in less.metrics);
});

t.test('prefixes are cut off names where they stand at the beginning', async (t) => {
  const files = [
    ['/var/lib/mysql/ibdata1', 'e', '1', '2', '3', '4'],
    ['/data/var/lib/mysql/x', 'e', '1', '2', '3', '4'],
  ];
  const server = await startMysqlServer(
    t,
    recordedServer('8.0.18', [[/by_instance/, ['a', 'b', 'c', 'd', 'e', 'f'], files]]),
  );
  const collector = `${MODULE}, perf_schema.file_instances: true}`;
  const names = async (options: string): Promise<readonly string[]> => {
    const { metrics } = await probe(`${collector}${options}}`, server.target);
    const series = Object.keys(metrics).filter((name) => /^mysql_perf_schema_file_instances_total.*read/.test(name));
    return series.map((name) => /file_name="([^"]*)"/.exec(name)?.[1] ?? '').sort();
  };
  t.same(await names(''), ['/data/var/lib/mysql/x', 'ibdata1']);
  const data = ', collector_options: {perf_schema.file_instances.remove_prefix: /data}';
  t.same(await names(data), ['/var/lib/mysql/ibdata1', '/var/lib/mysql/x']);
});

t.test('a search in the status of InnoDB is linear, and a status of 1 MiB is read', async (t) => {
  const end = '\n1 queries inside InnoDB, 2 queries in queue';
  const status = `${'7'.repeat(1024 * 1024 - end.length)}${end}`;
  const server = await startMysqlServer(t, (sql, socket) => {
    const answer = recordedServer('8.0.18', [[/ENGINE INNODB/, ['a', 'b', 'c'], [['InnoDB', '', status]]]]);
    return answer(sql, socket);
  });
  const { metrics, verdict } = await probe(`${MODULE}, engine_innodb_status: true}}`, server.target);
  t.equal(verdict, 'ok');
  t.equal(metrics['mysql_engine_innodb_queries_inside_innodb'], 1);
});

t.test('a status that is a time is told in whole seconds', async (t) => {
  const rows = [
    ['Gr_last_consensus_end_timestamp', '2026-11-29 08:00:00.654321'],
    ['A_time', '2026-11-29 08:00:00'],
    ['No_time', '2026-11-29 08:00:00.'],
  ];
  const server = await startMysqlServer(t, (sql, socket) =>
    sql === 'SHOW GLOBAL STATUS' ? table(['a', 'b'], rows) : recordedServer('9.7.4', [])(sql, socket),
  );
  const { metrics } = await probe(`${MODULE}}}`, server.target);
  t.equal(metrics['mysql_global_status_gr_last_consensus_end_timestamp'], 1795939200);
  t.equal(metrics['mysql_global_status_a_time'], 1795939200);
  t.notOk('mysql_global_status_no_time' in metrics);
});

t.test(
  'a column of floats has no largest number, and a limit of zero would look like one that is reached',
  async (t) => {
    const rows = [
      ['app', 't', 'id', '8', '127'],
      ['app', 'f', 'x', '8', null],
    ];
    const server = await startMysqlServer(
      t,
      recordedServer('8.0.18', [[/auto_increment/, ['a', 'b', 'c', 'd', 'e'], rows]]),
    );
    const { metrics } = await probe(`${MODULE}, auto_increment.columns: true}}`, server.target);
    const prefix = 'mysql_info_schema_auto_increment_column';
    t.equal(metrics[`${prefix}{column="x",schema="app",table="f"}`], 8);
    t.equal(metrics[`${prefix}_max{column="id",schema="app",table="t"}`], 127);
    t.notOk(`${prefix}_max{column="x",schema="app",table="f"}` in metrics);
  },
);
