import { counter } from '../../../metrics/metric-definition.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import { type CollectorSpec, numberOf, type SqlServer } from '../../server-client/view.js';
import { isNoneOf } from './sql-text.js';

// Names, types and texts are those of postgres_exporter 0.19.
const LABELS = ['user', 'datname', 'queryid'] as const;
const VALUES = [
  counter('pg_stat_statements_calls_total', 'Number of times executed', LABELS),
  counter('pg_stat_statements_seconds_total', 'Total time spent in the statement, in seconds', LABELS),
  counter('pg_stat_statements_rows_total', 'Total number of rows retrieved or affected by the statement', LABELS),
  counter(
    'pg_stat_statements_block_read_seconds_total',
    'Total time the statement spent reading blocks, in seconds',
    LABELS,
  ),
  counter(
    'pg_stat_statements_block_write_seconds_total',
    'Total time the statement spent writing blocks, in seconds',
    LABELS,
  ),
];
const texts = counter('pg_stat_statements_query_id', 'SQL Query to queryid mapping', ['queryid', 'query']);

/** The options of the collector stat_statements: which statements it shows, and how much of them. */
export interface StatementOptions {
  /** Whether their texts are shown. */
  readonly withText: boolean;
  /** The most characters that are shown of a text. */
  readonly textLength: number;
  /** The most statements that are shown: those that took the most time. */
  readonly most: number;
  readonly withoutDatabases: readonly string[];
  readonly withoutUsers: readonly string[];
}

/** The statements that took the most time, of those above the lowest tenth. */
export function statementsCollector(options: StatementOptions): CollectorSpec {
  return {
    name: 'stat_statements',
    isDefault: false,
    collect: async (server) => {
      const rows = await server.ask(statementsSql(options, server.version));
      const told = new Set<string>();
      for (const row of rows) {
        if (loopTurns.isOver()) await server.nextTurn();
        reportStatement(row, server);
        const queryid = row[2] ?? UNKNOWN;
        // The same query ID can occur with two users, or in two databases.
        if (!options.withText || told.has(queryid)) continue;
        told.add(queryid);
        server.metrics.setWith(texts, { queryid, query: row[LABELS.length + VALUES.length] ?? UNKNOWN }, 1);
      }
    },
  };
}

const UNKNOWN = 'unknown';

function reportStatement(row: TextRow, { metrics }: SqlServer): void {
  const labels = { user: row[0] ?? UNKNOWN, datname: row[1] ?? UNKNOWN, queryid: row[2] ?? UNKNOWN };
  VALUES.forEach((metric, at) => {
    metrics.setWith(metric, labels, numberOf(row[LABELS.length + at], 'zero') ?? 0);
  });
}

function statementsSql(options: StatementOptions, version: number): string {
  const time = version < 130_000 ? 'total_time' : 'total_exec_time';
  const blocks = version < 170_000 ? 'blk' : 'shared_blk';
  const user = 'pg_get_userbyid(s.userid)';
  const columns = [
    ...[user, 'd.datname', 's.queryid', 's.calls', `s.${time} / 1000.0`, 's.rows'],
    ...[`s.${blocks}_read_time / 1000.0`, `s.${blocks}_write_time / 1000.0`],
    ...(options.withText ? [`left(s.query, ${options.textLength})`] : []),
  ];
  // The texts are in a file, which the server reads only where they are asked for.
  return `SELECT ${columns.join(', ')} FROM pg_stat_statements(${options.withText}) s JOIN pg_database d ON d.oid = s.dbid
    WHERE s.${time} > (SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY ${time}) FROM pg_stat_statements(false))
    AND ${isNoneOf('d.datname', options.withoutDatabases)} AND ${isNoneOf(user, options.withoutUsers)}
    ORDER BY s.${time} DESC LIMIT ${options.most}`;
}
