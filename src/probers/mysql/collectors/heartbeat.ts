import { gauge } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';
import { sqlName } from './sql-text.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_heartbeat_';
const now = gauge(`${PREFIX}now_timestamp_seconds`, 'Timestamp of the current server.', ['server_id']);
const stored = gauge(`${PREFIX}stored_timestamp_seconds`, 'Timestamp stored in the heartbeat table.', ['server_id']);

/** The table has a row for each server that writes to it. */
const MOST_ROWS = 1000;

/** When the sources of a replica last wrote to the table of pt-heartbeat, as far as that has been replicated. */
export const HEARTBEAT: MysqlCollector = {
  name: 'heartbeat',
  isDefault: false,
  collect: async ({ ask, nextTurn, metrics, options }) => {
    const table = `${sqlName(options['heartbeat.database'])}.${sqlName(options['heartbeat.table'])}`;
    const clock = options['heartbeat.utc'] ? 'UTC_TIMESTAMP(6)' : 'NOW(6)';
    const rows = await ask(
      `SELECT UNIX_TIMESTAMP(ts), UNIX_TIMESTAMP(${clock}), server_id FROM ${table} LIMIT ${MOST_ROWS + 1}`,
    );
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const [written, read, id] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const [last, current] = [parseFloatText(written ?? ''), parseFloatText(read ?? '')];
      const server_id = id ?? '';
      if (last === undefined || current === undefined) {
        throw new StatementRefused(`the heartbeat of server ${server_id} has no time`);
      }
      metrics.setWith(now, { server_id }, current);
      metrics.setWith(stored, { server_id }, last);
    }
  },
};
