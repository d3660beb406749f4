import type { Bucket, Sample } from '../../../metrics/metric-family.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import type { TextRows } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';

// Names and texts are those of mysqld_exporter 0.19; the tables of reads and writes are Percona's.
const TABLES = [
  ['', 'query', 'all'],
  ['_READ', 'read_query', 'read'],
  ['_WRITE', 'write_query', 'write'],
] as const;
/** There are 44 rows where the base is 2. */
const MOST_ROWS = 200;

/** How long queries took, where a plugin counts that. */
export const QUERY_RESPONSE_TIME: MysqlCollector = {
  name: 'info_schema.query_response_time',
  isDefault: true,
  collect: async (server) => {
    if (!(await isCounted(server))) return;
    for (const [suffix, name, kind] of TABLES) {
      const rows = await rowsOf(`INFORMATION_SCHEMA.QUERY_RESPONSE_TIME${suffix}`, server, suffix !== '');
      if (rows === undefined) continue;
      server.metrics.add({
        name: `mysql_info_schema_${name}_response_time_seconds`,
        help: `The number of ${kind} queries by duration they took to execute.`,
        type: 'histogram',
        samples: [histogramOf(rows)],
      });
    }
  },
};

async function isCounted({ ask }: MysqlServer): Promise<boolean> {
  try {
    const [row] = await ask('SELECT @@query_response_time_stats');
    return Number(row?.[0] ?? 0) !== 0;
  } catch (error) {
    if (error instanceof StatementRefused) return false;
    throw error;
  }
}

/** The rows of a table; undefined where there is no such table and `mayFail` is set. */
async function rowsOf(table: string, { ask }: MysqlServer, mayFail: boolean): Promise<TextRows | undefined> {
  try {
    return await ask(`SELECT TIME, COUNT, TOTAL FROM ${table} LIMIT ${MOST_ROWS}`);
  } catch (error) {
    if (mayFail && error instanceof StatementRefused) return undefined;
    throw error;
  }
}

/** Makes a histogram of the rows. The row of the queries that took too long has no bound, but counts. */
function histogramOf(rows: TextRows): Sample {
  let count = 0;
  let sum = 0;
  const buckets: Bucket[] = [];
  for (const [time, each, total] of rows) {
    const bound = parseFloatText((time ?? '').trim()) ?? 0;
    count += parseFloatText(each ?? '') ?? 0;
    sum += parseFloatText((total ?? '').trim()) ?? 0;
    if (bound !== 0) buckets.push({ upperBound: bound, cumulativeCount: count });
  }
  return { kind: 'histogram', labels: [], count, sum, buckets };
}
