import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { greets } from './databases.js';
import { type MariadbServer, openMariadb } from './mariadb-load.js';
import { type Place, runProgram, startServer } from './real-server.js';

const GROUP = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

/**
 * MySQL 8.4 or later, which is alone in a group, with the users of MariaDB's tests and a database `app`. `path` is the
 * program, or one that starts it.
 */
export async function startMysql(
  t: Test,
  path: string,
  { folder, cert, key, ca }: Place,
): Promise<Omit<MariadbServer, 'stop' | 'start'>> {
  const program = { path, root: '' };
  const data = join(folder, 'mysql');
  // A server that starts removes the temporary tables of whoever shares its folder for them.
  const temporary = join(folder, 'mysql-tmp');
  for (const path of [data, temporary]) {
    mkdirSync(path);
    if (process.getuid?.() === 0) chownSync(path, 65534, 65534);
  }
  const base = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, '--secure-file-priv=NULL'];
  runProgram(program, [...base, '--initialize-insecure'], folder);
  const [port, groupPort] = [await deadPort(), await deadPort()];
  const socket = join(folder, `${port}.sock`);
  const args = [
    ...base,
    ...[`--socket=${socket}`, `--pid-file=${folder}/${port}.pid`, `--port=${port}`, '--bind-address=127.0.0.1'],
    ...[`--ssl-cert=${cert}`, `--ssl-key=${key}`, `--ssl-ca=${ca}`, '--mysqlx=0', '--report-host=127.0.0.1'],
    ...['--server-id=1', '--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--innodb-buffer-pool-size=16M'],
    ...['--plugin-load-add=group_replication.so', `--group-replication-group-name=${GROUP}`],
    ...['--group-replication-start-on-boot=OFF', `--group-replication-local-address=127.0.0.1:${groupPort}`],
    ...[`--group-replication-group-seeds=127.0.0.1:${groupPort}`, '--group-replication-ip-allowlist=127.0.0.1/32'],
  ];
  await startServer(t, { program, args, cwd: folder, listens: [port, socket], answers: () => greets(socket) });
  const server = { target: `127.0.0.1:${port}`, socket };
  const root = await openMariadb(t, server);
  await root.query(`
    CREATE USER monitor@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO monitor@'%';
    CREATE USER blind@'%' IDENTIFIED BY 'secret';
    CREATE DATABASE app; CREATE TABLE app.busy (id int AUTO_INCREMENT PRIMARY KEY, text varchar(100));
    INSERT INTO app.busy (text) VALUES ('a'), ('b'), ('c');
    SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION;
    SET GLOBAL group_replication_bootstrap_group = OFF;`);
  await root.end();
  return server;
}
