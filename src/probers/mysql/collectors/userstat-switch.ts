import type { MysqlCollector, MysqlServer } from './mysql-server.js';

/** The statistics exist in MariaDB and Percona only; without the variable, or with it off, there is nothing to ask. */
const SWITCH = `SHOW GLOBAL VARIABLES WHERE Variable_Name IN ('userstat', 'userstat_running')`;

/** Limits a collector to servers that count users, clients and tables. On others it succeeds with no metrics. */
export function whereCounted(collect: MysqlCollector['collect']): MysqlCollector['collect'] {
  return async (server: MysqlServer) => {
    const [row] = await server.ask(SWITCH);
    if (row?.[1] === 'ON' || row?.[1] === '1') await collect(server);
  };
}
