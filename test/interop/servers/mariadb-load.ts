import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mysql, { type Connection } from 'mysql2/promise';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { greets } from './databases.js';
import { type Found, type Place, runProgram, startServer } from './real-server.js';

/** MariaDB with its own tables, TLS, a socket, statistics of users and a binary log. */
export interface MariadbServer {
  /** `127.0.0.1:port`. */
  readonly target: string;
  readonly socket: string;
  /** Ends all sessions and the server, and resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Starts it again, at the same address. */
  readonly start: () => Promise<void>;
}

const MORE = [
  '--performance-schema=ON',
  '--userstat=1',
  '--log-bin=bin',
  '--server-id=1',
  '--max-connections=10',
  '--innodb-buffer-pool-size=16M',
  '--innodb-flush-log-at-trx-commit=0',
  '--skip-name-resolve',
];

/** What the tables of the server itself are made from; the rest of the package is not needed for it. */
const SYSTEM_TABLES = ['system_tables', 'performance_tables', 'system_tables_data'];

/** Its root has no password. */
export async function startMariadbServer(
  t: Test,
  mariadbd: Found,
  { folder, cert, key, ca }: Place,
): Promise<MariadbServer> {
  const data = join(folder, 'mariadb');
  // A server that starts removes the temporary tables of whoever shares its folder for them.
  const temporary = join(folder, 'mariadb-tmp');
  for (const path of [data, temporary]) {
    mkdirSync(path);
    if (process.getuid?.() === 0) chownSync(path, 65534, 65534);
  }
  const usr = join(mariadbd.root === '' ? '/' : mariadbd.root, 'usr');
  const share = join(usr, 'share/mysql');
  const base = [`--lc-messages-dir=${share}`, `--character-sets-dir=${share}/charsets`, `--tmpdir=${temporary}`];
  const prefix = existsSync(join(share, 'mysql_system_tables.sql')) ? 'mysql' : 'mariadb';
  const tables = SYSTEM_TABLES.map((name) => readFileSync(join(share, `${prefix}_${name}.sql`), 'utf8'));
  const sql = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket = NULL, @skip_auth_anonymous = 1;',
    ...tables,
  ];
  const bootstrap = ['--no-defaults', '--bootstrap', `--datadir=${data}`, '--max-allowed-packet=8M', ...base];
  runProgram(mariadbd, bootstrap, folder, sql.join('\n'));
  const port = await deadPort();
  const socket = join(folder, `${port}.sock`);
  const tls = [`--ssl-cert=${cert}`, `--ssl-key=${key}`, `--ssl-ca=${ca}`];
  const places = [`--datadir=${data}`, `--socket=${socket}`, `--pid-file=${folder}/${port}.pid`, `--port=${port}`];
  const plugins = ['/usr/lib/mysql/plugin', join(usr, 'lib/mysql/plugin')].filter(existsSync).slice(-1);
  const args = [
    '--no-defaults',
    '--bind-address=127.0.0.1',
    ...places,
    ...base,
    ...tls,
    ...MORE,
    ...plugins.map((path) => `--plugin-dir=${path}`),
  ];
  const listens = [port, socket];
  const answers = (): Promise<boolean> => greets(socket);
  const run = (): Promise<ChildProcess> => startServer(t, { program: mariadbd, args, cwd: folder, listens, answers });
  let server = await run();
  return {
    target: `127.0.0.1:${port}`,
    socket,
    start: async () => {
      server = await run();
    },
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Where root needs no password. */
type MysqlPlace = Pick<MariadbServer, 'socket'>;

/** Opens a session of root's, which ends with the test; the server may end it as well. */
export async function openMariadb(t: Test, { socket }: MysqlPlace): Promise<Connection> {
  const connection = await mysql.createConnection({ socketPath: socket, user: 'root', multipleStatements: true });
  connection.on('error', () => undefined);
  t.teardown(() => {
    connection.destroy();
  });
  return connection;
}

/** The users that log in, and some tables: all that the collectors tell apart. */
export async function fillMariadb(t: Test, server: MariadbServer): Promise<void> {
  const root = await openMariadb(t, server);
  await root.query(`
    CREATE USER monitor@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO monitor@'%';
    CREATE USER blind@'%' IDENTIFIED BY 'secret';
    CREATE USER guarded@'%' IDENTIFIED BY 'secret' REQUIRE SSL; GRANT ALL ON *.* TO guarded@'%';
    CREATE DATABASE app; CREATE TABLE app.busy (id int AUTO_INCREMENT PRIMARY KEY, text varchar(100));
    CREATE TABLE app.\`odd "name"\\\\\` (id tinyint unsigned AUTO_INCREMENT PRIMARY KEY) ENGINE = Aria;
    INSERT INTO app.busy (text) SELECT repeat('x', 50) FROM information_schema.columns LIMIT 500;
    CREATE DATABASE heartbeat;
    CREATE TABLE heartbeat.heartbeat (ts varchar(26) NOT NULL, server_id int unsigned NOT NULL PRIMARY KEY);
    INSERT INTO heartbeat.heartbeat VALUES (now(6), 7), ('2026-01-02T03:04:05.678900', 8);
    CREATE TABLE heartbeat.other LIKE heartbeat.heartbeat; INSERT INTO heartbeat.other VALUES (now(6), 9);
    CHANGE MASTER 'one' TO master_host = '127.0.0.1', master_port = 1, master_user = 'x';
    CHANGE MASTER TO master_host = '127.0.0.2', master_port = 1, master_user = 'x';`);
  // Plugins are in another package of Debian's.
  const plugin = "INSTALL SONAME 'query_response_time'; SET GLOBAL query_response_time_stats = 1";
  await root.query(plugin).catch(() => undefined);
  await root.end();
}

/** What the client has for replicas, and does not offer. */
interface ReplicaClient {
  readonly _registerSlave: (replica: object, onEnd: (error: unknown) => void) => void;
}

/** Makes a session known as that of a replica, as long as it lasts: until the test ends. */
export async function registerReplica(t: Test, server: MysqlPlace): Promise<void> {
  const session = await openMariadb(t, server);
  await session.query("SET @replica_uuid = 'aaaaaaaa-71ca-11e1-9e33-c80aa9429562', @slave_uuid = @replica_uuid");
  const { connection: client } = session as unknown as { readonly connection: ReplicaClient };
  await new Promise<void>((resolve, reject) => {
    client._registerSlave({ serverId: 77, slavePort: 3307, slaveHostname: '' }, (error) => {
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}

/** Keeps a server busy until the test ends: statements, errors, and a transaction that waits for another. */
export async function startMariadbLoad(t: Test, server: MysqlPlace): Promise<() => Promise<void>> {
  const [busy, lasting, waiting] = [
    await openMariadb(t, server),
    await openMariadb(t, server),
    await openMariadb(t, server),
  ];
  await busy.query('USE app');
  await lasting.query("SELECT get_lock('a', 1)");
  waiting.query("SELECT get_lock('a', 1000)").catch(() => undefined);
  let isOver = false;
  const work = keepBusy(busy, () => isOver);
  const stop = async (): Promise<void> => {
    isOver = true;
    await work;
    for (const connection of [busy, lasting, waiting]) connection.destroy();
  };
  t.teardown(stop);
  return stop;
}

async function keepBusy(connection: Connection, isOver: () => boolean): Promise<void> {
  try {
    for (let turn = 0; !isOver(); turn++) {
      await connection.query(`UPDATE app.busy SET text = repeat('y', ${turn % 90}) WHERE id = ${(turn % 500) + 1}`);
      await connection.query('SELECT count(*) FROM app.busy');
      if (turn % 5 === 0) await connection.query('SELECT nothing').catch(() => undefined);
      await delay(5);
    }
  } catch (error) {
    if (!isOver()) throw error;
  }
}
