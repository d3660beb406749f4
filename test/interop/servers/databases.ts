import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import {
  firstAnswer,
  type Found,
  type Place,
  runProgram,
  type ServerAddress,
  startServer,
  writeFor,
} from './real-server.js';

/** A server that listens without and with TLS: `127.0.0.1:port`. */
export interface PlainAndTls {
  readonly plain: string;
  readonly tls: string;
}

/** Redis. `more` are further lines of its configuration. */
export async function startRedis(t: Test, redis: Found, place: Place, more = ''): Promise<PlainAndTls> {
  const [plain, tls] = [await deadPort(), await deadPort()];
  const { folder, cert, key, ca } = place;
  const lines = [
    `bind 127.0.0.1`,
    `port ${plain}`,
    `tls-port ${tls}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${ca}`,
    `tls-auth-clients no`,
    `save ""`,
    more,
  ];
  const config = writeFor(folder, `redis-${plain}.conf`, `${lines.join('\n')}\n`);
  const [, socket] = /^unixsocket (.+)$/m.exec(more) ?? [];
  const listens = [plain, tls, ...(socket === undefined ? [] : [socket])];
  await startServer(t, { program: redis, args: [config], cwd: folder, listens, answers: () => hasLoaded(plain) });
  return { plain: `127.0.0.1:${plain}`, tls: `127.0.0.1:${tls}` };
}

/** Whether a Redis has read its data: until then it refuses everything. */
export async function hasLoaded(port: number): Promise<boolean> {
  return !/^(?:-LOADING|$)/.test(await firstAnswer(port, 'PING\r\n'));
}

/** Memcached, over TCP only. */
export async function startMemcached(t: Test, memcached: Found, { folder }: Place): Promise<string> {
  const port = await deadPort();
  const args = ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-m', '8', '-t', '1'];
  await startServer(t, { program: memcached, args, cwd: folder, listens: [port] });
  return `127.0.0.1:${port}`;
}

export interface Postgres {
  readonly target: string;
  /** The folder of its data. */
  readonly data: string;
  /** Replaces pg_hba.conf and has it read. */
  readonly allow: (lines: string) => void;
  /** Ends all sessions and the server, and resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Starts it again, at the same address. */
  readonly start: () => Promise<void>;
}

/** PostgreSQL, with TLS. */
export async function startPostgres(
  t: Test,
  [postgres, initdb]: readonly [Found, Found],
  place: Place,
): Promise<Postgres> {
  const { folder } = place;
  const data = join(folder, 'data');
  runProgram(
    initdb,
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '--no-sync',
      '-E',
      'UTF8',
      '--pwfile',
      writeFor(folder, 'password', 'x'),
    ],
    folder,
  );
  return runPostgres(t, postgres, place, { data });
}

/** Copies the data of a server that runs, and starts a standby that follows it through a replication slot of it. */
export async function startStandby(
  t: Test,
  postgres: Found,
  place: Place,
  { primary, session, slot }: { readonly primary: Postgres; readonly session: pg.Client; readonly slot: string },
): Promise<Postgres> {
  const data = join(place.folder, 'standby');
  await session.query("SELECT pg_backup_start('standby', true)");
  runProgram({ path: '/bin/cp', root: '' }, ['-R', primary.data, data], place.folder);
  const { rows } = await session.query<{ readonly labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  rmSync(join(data, 'postmaster.pid'));
  writeFor(data, 'backup_label', rows[0]?.labelfile ?? '');
  writeFor(data, 'standby.signal', '');
  const [host = '', port = ''] = primary.target.split(':');
  const conninfo = `host=${host} port=${port} user=postgres password=x`;
  return runPostgres(t, postgres, place, { data, more: { primary_conninfo: conninfo, primary_slot_name: slot } });
}

async function runPostgres(
  t: Test,
  postgres: Found,
  { folder, cert, key }: Place,
  { data, more = {} }: { readonly data: string; readonly more?: Readonly<Record<string, string>> },
): Promise<Postgres> {
  const port = await deadPort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_cert_file: cert,
    ssl_key_file: key,
    fsync: 'off',
    max_connections: '10',
    shared_buffers: '4MB',
    ...(existsSync(join(postgres.path, '../../lib/pg_stat_statements.so')) && {
      shared_preload_libraries: 'pg_stat_statements',
    }),
    ...more,
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const listens = [port, join(folder, `.s.PGSQL.${port}`)];
  const answers = (): Promise<boolean> => hasStarted(port);
  const run = (): Promise<ChildProcess> => startServer(t, { program: postgres, args, cwd: folder, listens, answers });
  let server = await run();
  return {
    target: `127.0.0.1:${port}`,
    data,
    start: async () => {
      server = await run();
    },
    allow: (lines) => {
      writeFor(data, 'pg_hba.conf', lines);
      server.kill('SIGHUP');
    },
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
    },
  };
}

/** Asks PostgreSQL for a session of the user `postgres`. */
const STARTUP = Buffer.from('\0\0\0\x17\0\x03\0\0user\0postgres\0\0', 'latin1');

/** Whether a PostgreSQL takes sessions. It listens before it does, and says then that it is starting up. */
async function hasStarted(port: number): Promise<boolean> {
  return !/^$|C57P03/.test(await firstAnswer(port, STARTUP));
}

/** Whether a MySQL or MariaDB takes sessions: it greets. */
export async function greets(address: ServerAddress): Promise<boolean> {
  return (await firstAnswer(address)) !== '';
}

/** MariaDB without any tables, not even those of its own: that is enough to greet and to answer a log-in. */
export async function startMariadb(
  t: Test,
  mariadbd: Found,
  place: Place,
  more: readonly string[] = [],
): Promise<string> {
  const { folder, cert, key } = place;
  const port = await deadPort();
  const socket = join(folder, `${port}.sock`);
  const share = join(mariadbd.root === '' ? '/' : mariadbd.root, 'usr/share/mysql');
  const args = [
    '--no-defaults',
    `--datadir=${folder}`,
    // A server that starts removes the temporary tables of whoever shares its folder for them.
    `--tmpdir=${folder}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${share}/charsets`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${socket}`,
    `--pid-file=${folder}/${port}.pid`,
    '--skip-grant-tables',
    '--skip-networking=0',
    '--skip-innodb',
    '--default-storage-engine=MyISAM',
    '--default-tmp-storage-engine=MyISAM',
    `--ssl-cert=${cert}`,
    `--ssl-key=${key}`,
    ...more,
  ];
  const listens = [port, socket];
  await startServer(t, { program: mariadbd, args, cwd: folder, listens, answers: () => greets(socket) });
  return `127.0.0.1:${port}`;
}
