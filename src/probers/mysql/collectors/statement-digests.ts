import { counter } from '../../../metrics/metric-definition.js';
import type { Sample } from '../../../metrics/metric-family.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { RawMysqlCollectorOptions } from '../../../values/raw-config.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import type { MysqlCollector } from './mysql-server.js';
import { sqlTexts } from './sql-text.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_perf_schema_events_statements_';
const LABELS = ['schema', 'digest', 'digest_text'] as const;

/** performance_schema counts picoseconds. */
const PICOSECONDS = 1e12;
/** From this version on MySQL counts CPU time, and mysqld_exporter asks for locks and quantiles, too. */
const SINCE_MORE = 80_028;

const COUNTERS = (
  [
    ['count_star', 'total', 'The total count of events statements by digest.'],
    ['sum_timer_wait', 'seconds_total', 'The total time of events statements by digest.'],
    ['sum_errors', 'errors_total', 'The errors of events statements by digest.'],
    ['sum_warnings', 'warnings_total', 'The warnings of events statements by digest.'],
    ['sum_rows_affected', 'rows_affected_total', 'The total rows affected of events statements by digest.'],
    ['sum_rows_sent', 'rows_sent_total', 'The total rows sent of events statements by digest.'],
    ['sum_rows_examined', 'rows_examined_total', 'The total rows examined of events statements by digest.'],
    [
      'sum_created_tmp_disk_tables',
      'tmp_disk_tables_total',
      'The total tmp disk tables of events statements by digest.',
    ],
    ['sum_created_tmp_tables', 'tmp_tables_total', 'The total tmp tables of events statements by digest.'],
    [
      'sum_sort_merge_passes',
      'sort_merge_passes_total',
      'The total number of merge passes by the sort algorithm performed by digest.',
    ],
    ['sum_sort_rows', 'sort_rows_total', 'The total number of sorted rows by digest.'],
    [
      'sum_no_index_used',
      'no_index_used_total',
      'The total number of statements that used full table scans by digest.',
    ],
    // The columns from here on are new.
    ['sum_lock_time', 'lock_time_seconds_total', 'The total lock time of events statements by digest.'],
    ['sum_cpu_time', 'cpu_time_seconds_total', 'The total cpu time of events statements by digest.'],
  ] as const
).map(([column, name, help]) => ({
  column,
  unit: name.includes('seconds') ? PICOSECONDS : 1,
  metric: counter(`${PREFIX}${name}`, help, LABELS),
}));
const NEW_FROM = COUNTERS.findIndex(({ column }) => column === 'sum_lock_time');
const COUNT_AT = COUNTERS.findIndex(({ column }) => column === 'count_star');
const SUM_AT = COUNTERS.findIndex(({ column }) => column === 'sum_timer_wait');
/** The numbers stand in the label as mysqld_exporter has them. */
const QUANTILES = [95, 99, 999];

/** The cost of each kind of statement, for those that took the most time. */
export const STATEMENT_DIGESTS: MysqlCollector = {
  name: 'perf_schema.eventsstatements',
  isDefault: false,
  collect: async (server) => {
    const { metrics, options } = server;
    const hasMore = !server.isMariadb && server.version >= SINCE_MORE;
    const rows = await server.ask(statementFor(options, hasMore));
    const samples: Sample[] = [];
    for (const [schema, digest, digest_text, ...values] of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      const labels = { schema: schema ?? '', digest: digest ?? '', digest_text: digest_text ?? '' };
      COUNTERS.forEach(({ metric, unit }, at) => {
        metrics.setWith(metric, labels, numberAt(values, at) / unit);
      });
      samples.push({
        kind: 'summary',
        labels: LABELS.toSorted().map((name) => ({ name, value: labels[name] })),
        count: numberAt(values, COUNT_AT),
        sum: numberAt(values, SUM_AT) / PICOSECONDS,
        quantiles: QUANTILES.map((quantile, at) => ({
          quantile,
          value: numberAt(values, COUNTERS.length + at) / PICOSECONDS,
        })),
      });
    }
    if (samples.length === 0) return;
    const help = 'A summary of statement latency by digest';
    metrics.add({ name: `${PREFIX}latency`, help, type: 'summary', samples });
  },
};

function numberAt(values: TextRow, at: number): number {
  return parseFloatText(values[at] ?? '') ?? 0;
}

/** The statement to ask. Columns that the version does not have are zero, as with mysqld_exporter. */
function statementFor(options: RawMysqlCollectorOptions, hasMore: boolean): string {
  const { 'perf_schema.eventsstatements.digest_text_limit': length } = options;
  const columns = [...COUNTERS.map(({ column }) => column), ...QUANTILES.map((quantile) => `quantile_${quantile}`)];
  const excluded = [...OF_THE_SERVER, ...options['perf_schema.eventsstatements.exclude_schemas']];
  return `SELECT schema_name, digest, left(digest_text, ${length}), ${columns.slice(0, hasMore ? undefined : NEW_FROM).join(', ')}
    FROM performance_schema.events_statements_summary_by_digest
    WHERE schema_name NOT IN ${sqlTexts(excluded)}
      AND last_seen > date_sub(now(), INTERVAL ${options['perf_schema.eventsstatements.timelimit']} SECOND)
    ORDER BY sum_timer_wait DESC LIMIT ${options['perf_schema.eventsstatements.limit']}`;
}

const OF_THE_SERVER = ['mysql', 'performance_schema', 'information_schema', ''];
