import t from 'tap';
import {
  findMysqldExporter,
  findPostgresExporter,
  NO_MYSQLD_EXPORTER,
  NO_POSTGRES_EXPORTER,
} from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startPostgres } from '../servers/databases.js';
import { fillMariadb, openMariadb, startMariadbServer } from '../servers/mariadb-load.js';
import { fillPostgres, openSession } from '../servers/postgres-load.js';
import { findServer, makePlace, writeFor } from '../servers/real-server.js';
import { findDifferences } from './exporter-comparison.js';
import { scrape, startPair } from './exporter-peers.js';
import { KNOWN as KNOWN_OF_MYSQL, WOBBLES as WOBBLES_OF_MYSQL } from './mysql-differences.js';
import { KNOWN_THERE, WOBBLES } from './postgres-differences.js';

t.setTimeout(500_000);

const [postgres, initdb, mariadbd] = ['postgres', 'initdb', 'mariadbd'].map(findServer);
const noPostgres = (postgres === undefined || initdb === undefined) && 'not here: postgres, initdb (see .ci/servers)';

/** What a name may have in it. */
const ODD = `a\nb'c"d\\e{f}, é😀 %s $1`;
/** The same in a label. */
const SHOWN = ODD.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const peer = findPostgresExporter();
const skipPostgres = peer === undefined ? NO_POSTGRES_EXPORTER : noPostgres;

t.test('postgres: names with quotes, line breaks and backslashes', { skip: skipPostgres }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, target);
  const session = await openSession(t, target);
  const name = quoted(ODD);
  await session.query(`CREATE DATABASE ${name}`);
  await session.query(`CREATE ROLE ${name} CONNECTION LIMIT 7`);
  await session.query(`CREATE SCHEMA ${name}; CREATE TABLE ${name}.${name} (id int PRIMARY KEY)`);
  await session.query(`SET application_name = 'odd'`);
  const queries = {
    odd: {
      query: 'SELECT current_database() AS db, 1 AS x',
      metrics: [{ db: { usage: 'LABEL', description: 'd' } }],
    },
  };
  const file = writeFor(place.folder, 'queries.yaml', JSON.stringify(queries));
  const args = [
    '--collector.statio_user_indexes',
    '--collector.database_wraparound',
    `--extend.query-path=${file}`,
    '--auto-discover-databases',
  ];
  const env = { DATA_SOURCE_NAME: `postgresql://postgres:x@${target}/postgres?sslmode=disable` };
  const { theirs, ours } = await startPair(t, { peer, command: 'postgres', args, env });
  await scrape(t, theirs.address, '/metrics');
  await scrape(t, ours.address, '/metrics');
  const scrapeAll = async () => ({
    before: await scrape(t, theirs.address, '/metrics'),
    ours: await scrape(t, ours.address, '/metrics'),
    after: await scrape(t, theirs.address, '/metrics'),
  });
  const known = [
    ...KNOWN_THERE,
    {
      line: /^odd: (?:series only in Sonde: odd_x|value of pg_exporter_last_scrape_error)/,
      reason: 'the exporter cannot connect to a database that it discovers and whose name is no part of a URL',
    },
  ];
  t.same(await findDifferences(scrapeAll, { name: 'odd', wobbles: WOBBLES, known }), []);
  const { text } = await httpGet(ours.address, '/metrics');
  for (const series of [
    `pg_roles_connection_limit{rolname="${SHOWN}"} 7`,
    `pg_stat_user_tables_n_live_tup{datname="postgres",relname="${SHOWN}",schemaname="${SHOWN}"} 0`,
    `odd_x{db="${SHOWN}",server="${target}"} 1`,
  ]) {
    t.ok(text.includes(`\n${series}\n`), series);
  }
});

t.test('postgres: names that are no UTF-8', { skip: skipPostgres }, async (t) => {
  if (peer === undefined || postgres === undefined || initdb === undefined) return;
  const { target } = await startPostgres(t, [postgres, initdb], await makePlace(t));
  await fillPostgres(t, target);
  const session = await openSession(t, target);
  await session.query("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const inBytes = await openSession(t, target, 'bytes');
  for (const name of ['caf\\351', 'caf\\350', '\\377\\376', 'caf\\303\\251']) {
    const made = `format('CREATE TABLE %I (id int)', convert_from(E'${name.replaceAll('\\', '\\\\')}'::bytea, 'SQL_ASCII'))`;
    await inBytes.query(`DO $$ BEGIN EXECUTE ${made}; END $$`);
  }
  const env = { DATA_SOURCE_NAME: `postgresql://postgres:x@${target}/bytes?sslmode=disable` };
  const { theirs, ours } = await startPair(t, { peer, command: 'postgres', args: [], env });
  await scrape(t, theirs.address, '/metrics');
  await scrape(t, ours.address, '/metrics');
  const scrapeAll = async () => ({
    before: await scrape(t, theirs.address, '/metrics'),
    ours: await scrape(t, ours.address, '/metrics'),
    after: await scrape(t, theirs.address, '/metrics'),
  });
  t.same(await findDifferences(scrapeAll, { name: 'bytes', wobbles: WOBBLES, known: KNOWN_THERE }), []);
  const { body, text } = await httpGet(ours.address, '/metrics');
  t.same(Buffer.from(text), body, 'the answer is UTF-8');
  t.match(text, /^pg_up 1$/m);
  // The server does not write such names for a client that wants UTF-8.
  t.match(text, /^pg_scrape_collector_success\{collector="stat_user_tables"\} 0$/m);
  t.match(text, /^pg_scrape_collector_success\{collector="stat_database"\} 1$/m);
});

const mysqld = findMysqldExporter();
const noMariadb = mariadbd === undefined && 'not here: mariadbd (see .ci/servers)';

t.test(
  'mysql: names with quotes, line breaks and backslashes',
  { skip: mysqld === undefined ? NO_MYSQLD_EXPORTER : noMariadb },
  async (t) => {
    if (mysqld === undefined || mariadbd === undefined) return;
    const server = await startMariadbServer(t, mariadbd, await makePlace(t));
    await fillMariadb(t, server);
    const root = await openMariadb(t, server);
    const name = ODD.replace('😀', '');
    const shown = SHOWN.replace('😀', '');
    const id = `\`${name}\``;
    await root.query(`CREATE DATABASE ${id}; CREATE TABLE ${id}.${id} (${id} int AUTO_INCREMENT PRIMARY KEY)`);
    await root.query(`INSERT INTO ${id}.${id} VALUES (NULL), (NULL)`);
    const args = [
      ...['--collect.auto_increment.columns', '--collect.info_schema.tables', '--collect.info_schema.tablestats'],
      ...[
        '--collect.perf_schema.tableiowaits',
        '--collect.perf_schema.indexiowaits',
        '--collect.info_schema.schemastats',
      ],
      ...['--mysqld.username=monitor', `--mysqld.address=${server.target}`],
    ];
    const env = { MYSQLD_EXPORTER_PASSWORD: 'secret' };
    const { theirs, ours } = await startPair(t, { peer: mysqld, command: 'mysql', args, env });
    await scrape(t, theirs.address, '/metrics');
    await scrape(t, ours.address, '/metrics');
    const scrapeAll = async () => ({
      before: await scrape(t, theirs.address, '/metrics'),
      ours: await scrape(t, ours.address, '/metrics'),
      after: await scrape(t, theirs.address, '/metrics'),
    });
    t.same(await findDifferences(scrapeAll, { name: 'odd', wobbles: WOBBLES_OF_MYSQL, known: KNOWN_OF_MYSQL }), []);
    const { text } = await httpGet(ours.address, '/metrics');
    const series = `mysql_info_schema_auto_increment_column{column="${shown}",schema="${shown}",table="${shown}"} 3`;
    t.ok(text.includes(`\n${series}\n`), series);
  },
);
