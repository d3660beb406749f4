import { gauge } from '../../../metrics/metric-definition.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import { type CollectorSpec, numberOf, type SqlServer } from '../../server-client/view.js';

const LABELS = [
  'application_name',
  'backend_type',
  'datname',
  'server',
  'state',
  'usename',
  'wait_event',
  'wait_event_type',
] as const;

const count = gauge('pg_stat_activity_count', 'number of connections in this state', LABELS);
const longest = gauge(
  'pg_stat_activity_max_tx_duration',
  'max duration in seconds any active transaction has been running',
  LABELS,
);

const STATES = [
  'active',
  'idle',
  'idle in transaction',
  'idle in transaction (aborted)',
  'fastpath function call',
  'disabled',
];

/** The most groups of connections; a server has some hundred of them. */
const MOST_GROUPS = 5000;
/** The most databases that are shown: each has a dozen series at least, and other collectors have rows for as many. */
const MOST_DATABASES = 1000;

const SQL = `SELECT d.datname, a.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
  count(*), max(extract(epoch FROM now() - a.xact_start))
  FROM pg_database d LEFT JOIN pg_stat_activity a ON a.datid = d.oid AND a.pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5, 6, 7 LIMIT ${MOST_GROUPS + 1}`;

/** Sessions of others by database and state; a state that no session of a database has is 0. */
export const ACTIVITY: CollectorSpec = {
  name: 'pg_stat_activity',
  isDefault: true,
  collect: async (server) => {
    const rows = await server.ask(SQL);
    if (rows.length > MOST_GROUPS) throw new StatementRefused(`more than ${MOST_GROUPS} rows`);
    const names = new Set<string | null | undefined>();
    for (const [datname] of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      names.add(datname);
    }
    if (names.size > MOST_DATABASES) throw new StatementRefused(`more than ${MOST_DATABASES} databases`);
    const seen = new Map<string, Set<string>>();
    for (const row of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      const [datname, state] = row;
      const states = seen.get(datname ?? '') ?? new Set<string>();
      seen.set(datname ?? '', states);
      if (typeof state !== 'string' || !STATES.includes(state)) continue;
      states.add(state);
      report(row, server);
    }
    for (const [datname, states] of seen) {
      if (loopTurns.isOver()) await server.nextTurn();
      for (const state of STATES) if (!states.has(state)) report([datname, state], server);
    }
  },
};

function report(row: TextRow, { metrics, label }: SqlServer): void {
  const [datname, state, usename, application_name, backend_type, wait_event_type, wait_event] = row.map(
    (each) => each ?? '',
  );
  const labels = {
    application_name: application_name ?? '',
    backend_type: backend_type ?? '',
    datname: datname ?? '',
    server: label,
    state: state ?? '',
    usename: usename ?? '',
    wait_event: wait_event ?? '',
    wait_event_type: wait_event_type ?? '',
  };
  metrics.setWith(count, labels, numberOf(row[7], 'zero') ?? 0);
  metrics.setWith(longest, labels, numberOf(row[8], 'zero') ?? 0);
}
