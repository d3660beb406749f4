import type { Connection, RowDataPacket } from 'mysql2/promise';
import t from 'tap';
import { findMysqldExporter, NO_MYSQLD_EXPORTER } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';
import { fillMariadb, openMariadb, startMariadbLoad, startMariadbServer } from '../servers/mariadb-load.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { findDifferences } from './exporter-comparison.js';
import { scrape, startPair } from './exporter-peers.js';
import { KNOWN, WOBBLES } from './mysql-differences.js';

t.setTimeout(500_000);

const mariadbd = findServer('mariadbd');
const peer = findMysqldExporter();
const skip = peer === undefined ? NO_MYSQLD_EXPORTER : mariadbd === undefined && 'not here: mariadbd (see .ci/servers)';

const OF_REPLICA = [
  /^mysql_slave_status_slave_io_running\{.*master_host="127\.0\.0\.1".*\} 1$/m,
  /^mysql_slave_status_slave_sql_running\{.*\} 1$/m,
  /^mysql_slave_status_seconds_behind_master\{.*\} \d/m,
  /^mysql_slave_status_gtid_io_pos\{.*domain_id="0".*server_id="1"\} [1-9]/m,
  /^mysql_slave_status_gtid_slave_pos\{.*domain_id="0".*server_id="1"\} [1-9]/m,
];
const OF_SOURCE = [/^mysql_heartbeat_mysql_slave_hosts_info\{.*server_id="2".*\} 1$/m, /^mysql_binlog_files [1-9]/m];

t.test('a replica, and the server that it follows', { skip }, async (t) => {
  if (peer === undefined || mariadbd === undefined) return;
  const source = await startMariadbServer(t, mariadbd, await makePlace(t));
  await fillMariadb(t, source);
  const root = await openMariadb(t, source);
  await root.query("CREATE USER repl@'%' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'");
  const replica = await startMariadbServer(t, mariadbd, await makePlace(t));
  const session = await openMariadb(t, replica);
  const port = source.target.split(':')[1] ?? '';
  const place = `master_host = '127.0.0.1', master_port = ${port}, master_user = 'repl', master_password = 'secret'`;
  await session.query('SET GLOBAL server_id = 2');
  await session.query(`CHANGE MASTER TO ${place}, master_use_gtid = slave_pos; START SLAVE`);
  await untilFollowing(session);
  await startMariadbLoad(t, source);
  const args = ['--mysqld.username=monitor', '--collect.slave_hosts', '--collect.binlog_size'];
  for (const [name, { target }, patterns] of [
    ['replica', replica, OF_REPLICA],
    ['source', source, OF_SOURCE],
  ] as const) {
    const { theirs, ours } = await startPair(t, {
      ...{ peer, command: 'mysql', args: [...args, `--mysqld.address=${target}`] },
      env: { MYSQLD_EXPORTER_PASSWORD: 'secret' },
    });
    await scrape(t, theirs.address, '/metrics');
    await scrape(t, ours.address, '/metrics');
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, '/metrics'),
      ours: await scrape(t, ours.address, '/metrics'),
      after: await scrape(t, theirs.address, '/metrics'),
    });
    t.same(await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN }), [], name);
    const { text } = await httpGet(ours.address, '/metrics');
    for (const pattern of patterns) t.match(text, pattern, name);
    await ours.stop();
    await theirs.stop();
  }
});

/** It creates the users of the source as well. */
async function untilFollowing(session: Connection): Promise<void> {
  await until(async () => {
    const [rows] = await session.query<RowDataPacket[]>("SELECT 1 FROM mysql.user WHERE User = 'repl'");
    return rows.length === 1;
  }, 'the replica follows');
}
