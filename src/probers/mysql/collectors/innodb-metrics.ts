import { counter, gauge } from '../../../metrics/metric-definition.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { NamedMetrics } from '../../server-client/named-metrics.js';
import type { TextRow } from '../../server-client/packed-rows.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const PREFIX = 'mysql_info_schema_innodb_metrics_';
const pages = gauge(`${PREFIX}buffer_pool_pages`, 'Total number of buffer pool pages by state.', ['state']);
const dirtyPages = gauge(`${PREFIX}buffer_pool_dirty_pages`, 'Total number of dirty pages in the buffer pool.');
const pagesRead = counter(`${PREFIX}buffer_page_read_total`, 'Total number of buffer pages read total.', ['type']);
const pagesWritten = counter(`${PREFIX}buffer_page_written_total`, 'Total number of buffer pages written total.', [
  'type',
]);

/** There are some 300 of them. */
const MOST_ROWS = 2000;
const FROM = `SELECT name, subsystem, type, comment, count FROM information_schema.innodb_metrics`;

/** The metrics that InnoDB itself collects. */
export const INNODB_METRICS: MysqlCollector = {
  name: 'info_schema.innodb_metrics',
  isDefault: false,
  collect: async (server) => {
    const { ask, metrics } = server;
    const rows = await ask(`${FROM} WHERE ${await enabledIn(server)} LIMIT ${MOST_ROWS}`);
    const counters = new NamedMetrics(metrics, { prefix: PREFIX, type: 'counter' });
    const gauges = new NamedMetrics(metrics, { prefix: PREFIX, type: 'gauge' });
    for (const row of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      report(row, { metrics, counters, gauges });
    }
  },
};

/** The condition for metrics that are enabled. MariaDB has another name for the column from 10.5 on. */
async function enabledIn({ ask }: MysqlServer): Promise<string> {
  const [row] = await ask(`SELECT column_name FROM information_schema.columns WHERE table_schema = 'information_schema'
    AND table_name = 'INNODB_METRICS' AND column_name IN ('status', 'enabled') LIMIT 1`);
  return row?.[0]?.toLowerCase() === 'enabled' ? `\`enabled\` = '1'` : `status = 'enabled'`;
}

interface Sinks {
  readonly metrics: MetricSet;
  readonly counters: NamedMetrics;
  readonly gauges: NamedMetrics;
}

function report([name, subsystem, type, comment, count]: TextRow, { metrics, counters, gauges }: Sinks): void {
  const value = parseFloatText(count ?? '');
  const full = `${subsystem ?? ''}_${name ?? ''}`;
  if (value === undefined || !/^\w+$/.test(full)) return;
  if (subsystem === 'buffer_page_io') setPageMetric(name ?? '', value, metrics);
  else if (subsystem === 'buffer' && name?.startsWith('buffer_pool_pages_') === true) {
    setPool(name.slice('buffer_pool_pages_'.length), value, metrics);
  } else if ((type === 'counter' || type === 'status_counter') && value >= 0) {
    counters.set(`${full}_total`, { value, help: comment ?? '' });
  } else gauges.set(full, { value, help: comment ?? '' });
}

function setPageMetric(name: string, value: number, metrics: MetricSet): void {
  const [, way, type = ''] = /^buffer_page_(read|written)_(.*)$/.exec(name) ?? [];
  if (way !== undefined) metrics.setWith(way === 'read' ? pagesRead : pagesWritten, { type }, value);
}

/** Sets the pages of the buffer pool. The total is left out: it is the sum of the others. */
function setPool(state: string, value: number, metrics: MetricSet): void {
  if (state === 'dirty') metrics.set(dirtyPages, value);
  else if (state !== 'total') metrics.setWith(pages, { state }, value);
}
