import { gauge } from '../../../metrics/metric-definition.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { metricName, NamedMetrics } from '../../server-client/named-metrics.js';
import type { MysqlCollector } from './mysql-server.js';
import { checkCount, statusValue } from './status-value.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const version = gauge('mysql_version_info', 'MySQL version and distribution.', [
  'innodb_version',
  'version',
  'version_comment',
]);
const galera = gauge('mysql_galera_variables_info', 'PXC/Galera variables information.', ['wsrep_cluster_name']);
const gcache = gauge('mysql_galera_gcache_size_bytes', 'PXC/Galera gcache size.');
const isolation = gauge('mysql_transaction_isolation', 'MySQL transaction isolation.', ['level']);
const GENERIC = 'Generic gauge metric from SHOW GLOBAL VARIABLES.';

/** The global variables of the server. */
export const GLOBAL_VARIABLES: MysqlCollector = {
  name: 'global_variables',
  isDefault: true,
  collect: async ({ ask, metrics, nextTurn }) => {
    const rows = await ask('SHOW GLOBAL VARIABLES');
    checkCount(rows);
    const generic = new NamedMetrics(metrics, { prefix: 'mysql_global_variables_', type: 'gauge' });
    const texts = new Map<string, string>();
    for (const [key, text] of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const name = metricName(key ?? '');
      const value = statusValue(text);
      if (value === undefined) texts.set(name, text ?? '');
      else generic.set(name, { value, help: GENERIC });
    }
    reportTexts((name) => texts.get(name) ?? '', metrics);
  },
};

function reportTexts(text: (name: string) => string, metrics: MetricSet): void {
  const labels = {
    innodb_version: text('innodb_version'),
    version: text('version'),
    version_comment: text('version_comment'),
  };
  metrics.setWith(version, labels, 1);
  const cluster = text('wsrep_cluster_name');
  if (cluster !== '') metrics.setWith(galera, { wsrep_cluster_name: cluster }, 1);
  const options = text('wsrep_provider_options');
  if (options !== '') metrics.set(gcache, cacheBytes(options));
  const level = text('transaction_isolation') || text('tx_isolation');
  if (level !== '') metrics.setWith(isolation, { level }, 1);
}

/** The size of the cache in Galera's provider options, in bytes; zero where there is none. */
function cacheBytes(options: string): number {
  const [, count = '0', unit = ''] = /gcache\.size = (\d{1,18})([MG]?);/.exec(options) ?? [];
  return Number(count) * (unit === 'M' ? 2 ** 20 : unit === 'G' ? 2 ** 30 : 1);
}
