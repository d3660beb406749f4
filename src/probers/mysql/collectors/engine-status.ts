import { gauge } from '../../../metrics/metric-definition.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { metricName, NamedMetrics } from '../../server-client/named-metrics.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';
import { statusValue } from './status-value.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const inside = gauge('mysql_engine_innodb_queries_inside_innodb', 'Queries inside InnoDB.');
const queued = gauge('mysql_engine_innodb_queries_in_queue', 'Queries in queue.');
const views = gauge('mysql_engine_innodb_read_views_open_inside_innodb', 'Read views open inside InnoDB.');

/**
 * The lines to find in the status, a text of up to 1 MiB. Digits before the first number cannot make the search longer.
 */
const QUERIES = /(?<!\d)(\d{1,20}) queries inside InnoDB, (\d{1,20}) queries in queue/;
const VIEWS = /(?<!\d)(\d{1,20}) read views open inside InnoDB/;

/** How many queries are inside InnoDB, which only reports this in a text for people. */
const INNODB_STATUS: MysqlCollector = {
  name: 'engine_innodb_status',
  isDefault: false,
  collect: async ({ ask, metrics }) => {
    const [row] = await ask('SHOW ENGINE INNODB STATUS');
    const status = row?.[2] ?? '';
    const [, running, waiting] = QUERIES.exec(status) ?? [];
    if (running !== undefined) metrics.set(inside, Number(running));
    if (waiting !== undefined) metrics.set(queued, Number(waiting));
    const [, open] = VIEWS.exec(status) ?? [];
    if (open !== undefined) metrics.set(views, Number(open));
  },
};

/** TokuDB has some 400. */
const MOST_ROWS = 2000;
const HELP = 'Generic metric from SHOW ENGINE TOKUDB STATUS.';

/** The counters of TokuDB. */
const TOKUDB_STATUS: MysqlCollector = {
  name: 'engine_tokudb_status',
  isDefault: false,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask('SHOW ENGINE TOKUDB STATUS');
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    const generic = new NamedMetrics(metrics, { prefix: 'mysql_engine_tokudb_', type: 'untyped' });
    for (const [, name, status] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const value = statusValue(status);
      if (value !== undefined) generic.set(tokudbName(name ?? ''), { value, help: HELP });
    }
  },
};

/** TokuDB has sentences as names: `cachetable: miss time (usec)`. */
function tokudbName(sentence: string): string {
  return metricName(sentence.replace(/[>,:()]/g, '').replace(/[+/]/g, 'and'));
}

/** The collectors for the status of storage engines. */
export const ENGINE_STATUS_COLLECTORS: readonly MysqlCollector[] = [INNODB_STATUS, TOKUDB_STATUS];
