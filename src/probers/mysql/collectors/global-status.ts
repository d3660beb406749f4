import { counter, gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { metricName, NamedMetrics } from '../../server-client/named-metrics.js';
import type { MysqlCollector } from './mysql-server.js';
import { checkCount, statusValue } from './status-value.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_global_status_';
const commands = counter(`${PREFIX}commands_total`, 'Total number of executed MySQL commands.', ['command']);
const handlers = counter(`${PREFIX}handlers_total`, 'Total number of executed MySQL handlers.', ['handler']);
const errors = counter(`${PREFIX}connection_errors_total`, 'Total number of MySQL connection errors.', ['error']);
const pages = gauge(`${PREFIX}buffer_pool_pages`, 'Innodb buffer pool pages by state.', ['state']);
const dirtyPages = gauge(`${PREFIX}buffer_pool_dirty_pages`, 'Innodb buffer pool dirty pages.');
const pageChanges = counter(`${PREFIX}buffer_pool_page_changes_total`, 'Innodb buffer pool page state changes.', [
  'operation',
]);
const rowOperations = counter(`${PREFIX}innodb_row_ops_total`, 'Total number of MySQL InnoDB row operations.', [
  'operation',
]);
const lost = counter(
  `${PREFIX}performance_schema_lost_total`,
  'Total number of MySQL instrumentations that could not be loaded or created due to memory constraints.',
  ['instrumentation'],
);
const galera = gauge('mysql_galera_status_info', 'PXC/Galera status information.', [
  'wsrep_local_state_uuid',
  'wsrep_cluster_state_uuid',
  'wsrep_provider_version',
]);
const GENERIC = 'Generic metric from SHOW GLOBAL STATUS.';

/** The metrics by the first part of a status name; the rest of the name is the value of the label. */
const GROUPS: ReadonlyMap<string, readonly [metric: MetricDefinition, label: string]> = new Map<
  string,
  readonly [MetricDefinition, string]
>([
  ['com', [commands, 'command']],
  ['handler', [handlers, 'handler']],
  ['connection_errors', [errors, 'error']],
  ['innodb_rows', [rowOperations, 'operation']],
  ['performance_schema', [lost, 'instrumentation']],
]);
const GROUP = /^(com|handler|connection_errors|innodb_buffer_pool_pages|innodb_rows|performance_schema)_(.*)$/s;
const POOL_PAGES = 'innodb_buffer_pool_pages';
const PAGE_STATES: ReadonlySet<string> = new Set(['data', 'free', 'misc', 'old']);

/** The status variables of the server. */
export const GLOBAL_STATUS: MysqlCollector = {
  name: 'global_status',
  isDefault: true,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask('SHOW GLOBAL STATUS');
    checkCount(rows);
    const generic = new NamedMetrics(metrics, { prefix: PREFIX, type: 'untyped' });
    const texts = new Map<string, string>();
    for (const [key, text] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const name = metricName(key ?? '');
      const value = statusValue(text);
      if (value === undefined) texts.set(name, text ?? '');
      else if (!setGrouped(name, value, metrics)) generic.set(name, { value, help: GENERIC });
    }
    reportGalera(texts, metrics);
  },
};

/** Returns false for a name that belongs to no group. */
function setGrouped(name: string, value: number, metrics: MetricSet): boolean {
  const [, group, rest = ''] = GROUP.exec(name) ?? [];
  if (group === undefined) return false;
  const [metric, label] = GROUPS.get(group) ?? [];
  if (metric !== undefined && label !== undefined) metrics.setWith(metric, { [label]: rest }, value);
  if (group === POOL_PAGES) setPages(rest, value, metrics);
  return true;
}

function setPages(state: string, value: number, metrics: MetricSet): void {
  if (PAGE_STATES.has(state)) metrics.setWith(pages, { state }, value);
  else if (state === 'dirty') metrics.set(dirtyPages, value);
  // The total is the sum of the others.
  else if (state !== 'total') metrics.setWith(pageChanges, { operation: state }, value);
}

const LATENCIES = [
  gauge('mysql_galera_evs_repl_latency_min_seconds', 'PXC/Galera group communication latency. Min value.'),
  gauge('mysql_galera_evs_repl_latency_avg_seconds', 'PXC/Galera group communication latency. Avg value.'),
  gauge('mysql_galera_evs_repl_latency_max_seconds', 'PXC/Galera group communication latency. Max value.'),
  gauge('mysql_galera_evs_repl_latency_stdev', 'PXC/Galera group communication latency. Standard Deviation.'),
  gauge('mysql_galera_evs_repl_latency_sample_size', 'PXC/Galera group communication latency. Sample Size.'),
];

function reportGalera(texts: ReadonlyMap<string, string>, metrics: MetricSet): void {
  const text = (name: string): string => texts.get(name) ?? '';
  const state = text('wsrep_local_state_uuid');
  if (state !== '') {
    const cluster = text('wsrep_cluster_state_uuid');
    const provider = text('wsrep_provider_version');
    const labels = {
      wsrep_local_state_uuid: state,
      wsrep_cluster_state_uuid: cluster,
      wsrep_provider_version: provider,
    };
    metrics.setWith(galera, labels, 1);
  }
  const values = text('wsrep_evs_repl_latency')
    .split('/', LATENCIES.length + 1)
    .map(parseFloatText);
  if (values.length !== LATENCIES.length || values.includes(undefined)) return;
  LATENCIES.forEach((metric, at) => {
    metrics.set(metric, values[at] ?? 0);
  });
}
