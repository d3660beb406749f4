import { gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import type { LabelValues, MetricSet } from '../../../metrics/metric-set.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { metricName, NamedMetrics } from '../../server-client/named-metrics.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { Answer } from '../mysql-connection.js';
import type { MysqlCollector, MysqlServer } from './mysql-server.js';
import { statusValue } from './status-value.js';

// Names, types and texts are those of mysqld_exporter 0.19.
const HELP = 'Generic metric from SHOW SLAVE STATUS.';
const LABELS = ['master_host', 'master_uuid', 'channel_name', 'connection_name'] as const;
/** The positions of MariaDB: what was applied, and what was received. */
const POSITIONS = new Map(
  (
    [
      ['gtid_slave_pos', 'Gtid_Slave_Pos'],
      ['gtid_io_pos', 'Gtid_IO_Pos'],
    ] as const
  ).map(([name, column]) => [
    name as string,
    gauge(`mysql_slave_status_${name}`, `${column} metric from SHOW SLAVE STATUS.`, [
      ...LABELS,
      'domain_id',
      'server_id',
    ]),
  ]),
);
/** The most domains of one position, each with its last transaction. */
const MOST_DOMAINS = 1000;
/** A replica has a few sources. */
const MOST_ROWS = 1000;
/** From this version on, MySQL has this statement only, with new names for the columns. */
const SINCE_REPLICA = 80_400;

/** How far a replica has come, for each of its sources. */
export const SLAVE_STATUS: MysqlCollector = {
  name: 'slave_status',
  isDefault: true,
  collect: async (server) => {
    const { names, rows } = await askStatus(server);
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    const generic = new NamedMetrics(server.metrics, {
      ...{ prefix: 'mysql_slave_status_', type: 'untyped', labels: LABELS },
    });
    const columns = names.map(metricName);
    for (const row of rows) {
      if (loopTurns.isOver()) await server.nextTurn();
      const text = (name: string): string => row[columns.indexOf(name)] ?? '';
      const labels = {
        master_host: text('master_host') || text('source_host'),
        master_uuid: text('master_uuid') || text('source_uuid'),
        channel_name: text('channel_name'),
        connection_name: text('connection_name'),
      };
      columns.forEach((name, at) => {
        const position = POSITIONS.get(name);
        if (position !== undefined) {
          reportPosition(row[at] ?? '', { metric: position, labels }, server.metrics);
          return;
        }
        const value = statusValue(row[at]);
        if (value !== undefined) generic.set(name, { value, help: HELP, labels });
      });
    }
  },
};

/** Reads a GTID position of MariaDB: `0-1-77,1-2-33`, a domain, a server and a sequence number each. */
function reportPosition(
  text: string,
  {
    metric,
    labels,
  }: {
    readonly metric: MetricDefinition<(typeof LABELS)[number] | 'domain_id' | 'server_id'>;
    readonly labels: LabelValues<(typeof LABELS)[number]>;
  },
  metrics: MetricSet,
): void {
  for (const each of text.split(',', MOST_DOMAINS)) {
    const [, domain_id, server_id = '', number] = /^\s*(\d{1,20})-(\d{1,20})-(\d{1,20})\s*$/.exec(each) ?? [];
    if (domain_id !== undefined) metrics.setWith(metric, { ...labels, domain_id, server_id }, Number(number));
  }
}

/** MariaDB has a statement of its own for all sources; the statement that both know gives all sources on MySQL only. */
async function askStatus({ askTable, isMariadb, version }: MysqlServer): Promise<Answer> {
  if (isMariadb) return askTable('SHOW ALL SLAVES STATUS');
  return askTable(version >= SINCE_REPLICA ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS');
}
