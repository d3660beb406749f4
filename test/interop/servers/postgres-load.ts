import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Test } from 'tap';

/** Sessions of the superuser whom `startPostgres` makes. */
const PASSWORD = 'x';

/** It is starting up; its places are taken, be it by sessions that are about to end. */
const NOT_YET = ['57P03', '53300'];
const START_MS = 60_000;

/** Opens a session, which ends with the test; the server may end it as well. Waits where it cannot be taken yet. */
export async function openSession(t: Test, target: string, database = 'postgres'): Promise<pg.Client> {
  for (const end = performance.now() + START_MS; ;) {
    try {
      return await connect(t, target, database);
    } catch (error) {
      const isPassing = error instanceof Error && 'code' in error && NOT_YET.includes(String(error.code));
      if (!isPassing || performance.now() > end) throw error;
      await delay(50);
    }
  }
}

async function connect(t: Test, target: string, database: string): Promise<pg.Client> {
  const [host = '', port = ''] = target.split(':');
  const client = new pg.Client({
    host,
    port: Number(port),
    user: 'postgres',
    password: PASSWORD,
    database,
    ssl: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  t.teardown(() => client.end().catch(() => undefined));
  return client;
}

/** The roles that log in, a second database and some tables: all that the collectors tell apart. */
export async function fillPostgres(t: Test, target: string): Promise<void> {
  const first = await openSession(t, target);
  for (const statement of [
    // It would come and go as it likes.
    'ALTER SYSTEM SET autovacuum = off',
    'SELECT pg_reload_conf()',
    `CREATE ROLE monitor LOGIN PASSWORD 'secret'`,
    'GRANT pg_monitor TO monitor',
    `CREATE ROLE blind LOGIN PASSWORD 'secret' CONNECTION LIMIT 3`,
    'CREATE DATABASE second CONNECTION LIMIT 5',
    'REVOKE CONNECT ON DATABASE second FROM PUBLIC',
    `SELECT pg_create_physical_replication_slot('standby', true)`,
    'CREATE TABLE busy (id serial PRIMARY KEY, text text)',
    'CREATE SCHEMA "Odd ""name"" {é}"',
    'CREATE TABLE "Odd ""name"" {é}"."a\\b" (id int)',
    `INSERT INTO busy (text) SELECT repeat('x', 100) FROM generate_series(1, 1000)`,
    'VACUUM ANALYZE busy',
    // Not there, it is refused to both.
    'CREATE EXTENSION IF NOT EXISTS pg_stat_statements',
  ])
    await first.query(statement);
  await first.end();
}

/**
 * Keeps a server busy until the test ends: statements, a transaction that lasts, and one that waits for its lock.
 * No table is locked: its size could not be asked for.
 */
export async function startPostgresLoad(t: Test, target: string): Promise<() => Promise<void>> {
  const [busy, lasting, waiting] = [
    await openSession(t, target),
    await openSession(t, target, 'second'),
    await openSession(t, target, 'second'),
  ];
  await lasting.query('BEGIN; SELECT pg_advisory_lock(1)');
  waiting.query('BEGIN; SELECT pg_advisory_lock(1)').catch(() => undefined);
  let isOver = false;
  const work = keepBusy(busy, () => isOver);
  const stop = async (): Promise<void> => {
    isOver = true;
    await work;
    await Promise.all([busy, lasting, waiting].map((client) => client.end().catch(() => undefined)));
  };
  t.teardown(stop);
  return stop;
}

async function keepBusy(client: pg.Client, isOver: () => boolean): Promise<void> {
  try {
    for (let turn = 0; !isOver(); turn++) {
      await client.query(`UPDATE busy SET text = repeat('y', ${turn % 90}) WHERE id = ${(turn % 1000) + 1}`);
      await client.query('SELECT count(*) FROM busy');
      await client.query('INSERT INTO busy (text) VALUES (NULL)');
      if (turn % 5 === 0) await client.query('SELECT nothing').catch(() => undefined);
      await delay(2);
    }
  } catch (error) {
    if (!isOver()) throw error;
  }
}
