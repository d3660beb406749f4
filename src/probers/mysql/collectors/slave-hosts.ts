import { gauge } from '../../../metrics/metric-definition.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { MysqlCollector } from './mysql-server.js';

/** The name is mysqld_exporter's. */
const info = gauge('mysql_heartbeat_mysql_slave_hosts_info', 'Information about running slaves', [
  ...['server_id', 'slave_host', 'port'],
  ...['master_id', 'slave_uuid'],
]);

const MOST_ROWS = 1000;
/** MySQL 8.4 has no other statement. */
const SINCE_REPLICAS = 80_400;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The replicas that are connected. */
export const SLAVE_HOSTS: MysqlCollector = {
  name: 'slave_hosts',
  isDefault: false,
  collect: async ({ ask, nextTurn, metrics, isMariadb, version }) => {
    const rows = await ask(!isMariadb && version >= SINCE_REPLICAS ? 'SHOW REPLICAS' : 'SHOW SLAVE HOSTS');
    if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    for (const row of rows) {
      if (loopTurns.isOver()) await nextTurn();
      const [id, host, port, fourth, fifth] = row.map((text) => text ?? '');
      // MySQL has a UUID after the source's ID, older versions a rank before it, MariaDB neither.
      const hasUuid = UUID.test(fifth ?? '');
      const labels = {
        ...{ server_id: id ?? '', slave_host: host ?? '', port: port ?? '' },
        ...{ master_id: (hasUuid ? fourth : (fifth ?? fourth)) ?? '', slave_uuid: hasUuid ? (fifth ?? '') : '' },
      };
      metrics.setWith(info, labels, 1);
    }
  },
};
