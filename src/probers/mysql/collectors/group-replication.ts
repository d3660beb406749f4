import { counter, gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_perf_schema_';
const INFO = [
  'Information about the replication group member: channel_name, member_id, member_host, member_port, member_state.',
  '(member_role and member_version where available)',
].join(' ');

/** A group has nine members at most, and a server some channels with workers. */
const MOST_MEMBERS = 100;
const MOST_WORKERS = 10_000;

/** The members of the group. The columns, which differ from version to version, are the labels. */
const MEMBERS: MysqlCollector = {
  name: 'perf_schema.replication_group_members',
  isDefault: false,
  collect: async ({ askTable, metrics }) => {
    const { names, rows } = await askTable(
      `SELECT * FROM performance_schema.replication_group_members LIMIT ${MOST_MEMBERS + 1}`,
    );
    if (rows.length > MOST_MEMBERS) throw new StatementRefused(`more than ${MOST_MEMBERS} rows`);
    const labelNames = names.map((name) => name.toLowerCase());
    const areLabels =
      labelNames.every((name) => LABEL_NAME.test(name)) && new Set(labelNames).size === labelNames.length;
    if (!areLabels) throw new StatementRefused('a column that is no label');
    const info = gauge(`${PREFIX}replication_group_member_info`, INFO, labelNames);
    for (const row of rows) {
      metrics.setWith(info, Object.fromEntries(labelNames.map((name, at) => [name, row[at] ?? ''])), 1);
    }
  },
};

const LABEL_NAME = /^[a-z]\w{0,100}$/;

/** Columns of MySQL 5.7, then of 8.0. */
const COUNTS: ReadonlyMap<string, MetricDefinition<never>> = new Map([
  [
    'COUNT_TRANSACTIONS_IN_QUEUE',
    gauge(
      `${PREFIX}transactions_in_queue`,
      'The number of transactions in the queue pending conflict detection checks.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_CHECKED',
    counter(`${PREFIX}transactions_checked_total`, 'The number of transactions that have been checked for conflicts.'),
  ],
  [
    'COUNT_CONFLICTS_DETECTED',
    counter(
      `${PREFIX}conflicts_detected_total`,
      'The number of transactions that have not passed the conflict detection check.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_ROWS_VALIDATING',
    counter(
      `${PREFIX}transactions_rows_validating_total`,
      'Number of transaction rows which can be used for certification, but have not been garbage collected.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE',
    gauge(
      `${PREFIX}transactions_remote_in_applier_queue`,
      'The number of transactions that this member has received from the replication group which are waiting to be applied.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_REMOTE_APPLIED',
    counter(
      `${PREFIX}transactions_remote_applied_total`,
      'Number of transactions this member has received from the group and applied.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_LOCAL_PROPOSED',
    counter(
      `${PREFIX}transactions_local_proposed_total`,
      'Number of transactions which originated on this member and were sent to the group.',
    ),
  ],
  [
    'COUNT_TRANSACTIONS_LOCAL_ROLLBACK',
    counter(
      `${PREFIX}transactions_local_rollback_total`,
      'Number of transactions which originated on this member and were rolled back by the group.',
    ),
  ],
]);

/** The counters of this member of the group. */
const MEMBER_STATS: MysqlCollector = {
  name: 'perf_schema.replication_group_member_stats',
  isDefault: false,
  collect: async ({ askTable, metrics }) => {
    const { names, rows } = await askTable(
      'SELECT * FROM performance_schema.replication_group_member_stats WHERE member_id = @@server_uuid LIMIT 1',
    );
    const [row = []] = rows;
    names.forEach((name, at) => {
      const metric = COUNTS.get(name);
      const value = parseFloatText(row[at] ?? '');
      if (metric !== undefined && value !== undefined) metrics.set(metric, value);
    });
  },
};

const OF_WORKER = ['channel_name', 'member_id'] as const;
const LAST = 'A timestamp shows when the last transaction applied by this worker was committed on the';
const CURRENT = 'transaction this worker is currently applying was committed on the';

const TIMES = (
  [
    ['last_applied_transaction_original_commit', `${LAST} original master.`],
    ['last_applied_transaction_immediate_commit', `${LAST} immediate master.`],
    [
      'last_applied_transaction_start_apply',
      'A timestamp shows when this worker started applying the last applied transaction.',
    ],
    ['last_applied_transaction_end_apply', 'A shows when this worker finished applying the last applied transaction.'],
    ['applying_transaction_original_commit', `A timestamp that shows when the ${CURRENT} original master.`],
    ['applying_transaction_immediate_commit', `A timestamp shows when the ${CURRENT} immediate master.`],
    [
      'applying_transaction_start_apply',
      'A timestamp shows when this worker started its first attempt to apply the transaction that is currently being applied.',
    ],
  ] as const
).map(([name, help]) => ({
  column: `${name}_timestamp`,
  metric: gauge(`${PREFIX}${name}_timestamp_seconds`, help, OF_WORKER),
}));
const COLUMNS = ['channel_name', 'worker_id', ...TIMES.map(({ column }) => column)].join(', ');
/** MySQL has the times from this version on. */
const SINCE_TIMES = 80_000;

/** The transactions that the applier threads of a replica work on, with their times. */
const APPLIER_WORKERS: MysqlCollector = {
  name: 'perf_schema.replication_applier_status_by_worker',
  isDefault: false,
  since: SINCE_TIMES,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask(
      `SELECT ${COLUMNS} FROM performance_schema.replication_applier_status_by_worker LIMIT ${MOST_WORKERS + 1}`,
    );
    if (rows.length > MOST_WORKERS) throw new StatementRefused(`more than ${MOST_WORKERS} rows`);
    for (const [channel, worker, ...times] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const labels = { channel_name: channel ?? '', member_id: worker ?? '' };
      TIMES.forEach(({ metric }, at) => {
        metrics.setWith(metric, labels, unixSeconds(times[at] ?? ''));
      });
    }
  },
};

/** `2026-11-29 08:00:00.123456` in Unix seconds; zero for no time, which MySQL writes with zeros. */
function unixSeconds(text: string): number {
  const [, date, time, micros] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\.(\d{6})$/.exec(text) ?? [];
  const milliseconds = date === undefined ? NaN : Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(milliseconds)) return 0;
  // The way over nanoseconds rounds as mysqld_exporter does.
  return ((milliseconds * 1000 + Number(micros)) * 1000) / 1e9;
}

/** The collectors for group replication, and for the applier threads of MySQL's replicas. */
export const GROUP_REPLICATION_COLLECTORS: readonly MysqlCollector[] = [APPLIER_WORKERS, MEMBERS, MEMBER_STATS];
