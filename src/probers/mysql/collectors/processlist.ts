import { gauge } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_info_schema_processlist_';
const STATE = ['command', 'state'] as const;
const threads = gauge(`${PREFIX}threads`, 'The number of threads split by current state.', STATE);
const seconds = gauge(`${PREFIX}seconds`, 'The number of seconds threads have used split by current state.', STATE);
const byUser = gauge(`${PREFIX}processes_by_user`, 'The number of processes by user.', ['mysql_user']);
const byHost = gauge(`${PREFIX}processes_by_host`, 'The number of processes by host.', ['client_host']);

/** The most groups of threads: one for each user, host, command and state. */
const MOST_ROWS = 10_000;

/** The activity of the server's threads, without the thread that asks. */
export const PROCESSLIST: MysqlCollector = {
  name: 'info_schema.processlist',
  isDefault: false,
  collect: async ({ ask, metrics, options, nextTurn }) => {
    const rows = await ask(`SELECT user, substring_index(host, ':', 1), command, state, count(*), sum(time)
      FROM information_schema.processlist
      WHERE id != connection_id() AND time >= ${options['info_schema.processlist.min_time']}
      GROUP BY 1, 2, 3, 4 LIMIT ${MOST_ROWS + 1}`);
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const [user, host, command, state, count, time] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const labels = { command: word(command), state: word(state) };
      const processes = parseFloatText(count ?? '') ?? 0;
      metrics.addWith(threads, labels, processes);
      metrics.addWith(seconds, labels, parseFloatText(time ?? '') ?? 0);
      if (options['info_schema.processlist.processes_by_user']) {
        metrics.addWith(byUser, { mysql_user: user ?? '' }, processes);
      }
      if (options['info_schema.processlist.processes_by_host']) {
        metrics.addWith(byHost, { client_host: host === null || host === '' ? UNKNOWN : (host ?? UNKNOWN) }, processes);
      }
    }
  },
};

const UNKNOWN = 'unknown';

/** Writes a command or a state as a label: `Sending data` becomes `sending_data`. */
function word(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return UNKNOWN;
  return text
    .toLowerCase()
    .replace(/[;,:.()]/g, '')
    .replace(/[ -]/g, '_');
}
