import { gauge } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const LABELS = ['mysql_user', 'hostmask'] as const;
const LIMITS = ['max_questions', 'max_updates', 'max_connections', 'max_user_connections'].map((column) => ({
  column,
  metric: gauge(`mysql_mysql_${column}`, `The number of ${column} by user.`, LABELS),
}));
const PRIVILEGES = [
  ...['Select', 'Insert', 'Update', 'Delete', 'Create', 'Drop', 'Reload', 'Shutdown', 'Process', 'File', 'Grant'],
  ...['References', 'Index', 'Alter', 'Show_db', 'Super', 'Create_tmp_table', 'Lock_tables', 'Execute', 'Repl_slave'],
  ...['Repl_client', 'Create_view', 'Show_view', 'Create_routine', 'Alter_routine', 'Create_user', 'Event', 'Trigger'],
  ...['Create_tablespace'],
].map((privilege) => ({
  column: `${privilege}_priv`,
  metric: gauge(`mysql_mysql_${privilege.toLowerCase()}_priv`, `${privilege}_priv by user.`, LABELS),
}));
/** The values of a privilege column: granted or not. */
const HELD: ReadonlyMap<string, number> = new Map([
  ['Y', 1],
  ['N', 0],
]);

const MOST_ROWS = 10_000;

/** The resource limits of the server's users, and their privileges where the module asks for them. */
export const MYSQL_USER: MysqlCollector = {
  name: 'mysql.user',
  isDefault: false,
  collect: async ({ ask, metrics, options, nextTurn }) => {
    const privileges = options['mysql.user.privileges'] ? PRIVILEGES : [];
    const columns = [...privileges, ...LIMITS].map(({ column }) => column).join(', ');
    const rows = await ask(`SELECT user, host, ${columns} FROM mysql.user LIMIT ${MOST_ROWS + 1}`);
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const [user, host, ...values] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const labels = { mysql_user: user ?? '', hostmask: host ?? '' };
      privileges.forEach(({ metric }, at) => {
        const isHeld = HELD.get(values[at] ?? '');
        if (isHeld !== undefined) metrics.setWith(metric, labels, isHeld);
      });
      LIMITS.forEach(({ metric }, at) => {
        metrics.setWith(metric, labels, parseFloatText(values[privileges.length + at] ?? '') ?? 0);
      });
    }
  },
};
