import t from 'tap';
import { startSonde } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startPostgres } from '../servers/databases.js';
import { openSession } from '../servers/postgres-load.js';
import { findServer, makePlace, writeFor } from '../servers/real-server.js';

t.setTimeout(500_000);

const [postgres, initdb] = ['postgres', 'initdb'].map(findServer);
const skip = (postgres === undefined || initdb === undefined) && 'not here: postgres, initdb (see .ci/servers)';

/** What a user may write by mistake, or somebody else on purpose: each costs its own metrics alone. */
const HARMFUL: readonly (readonly [name: string, sql: string, err: RegExp])[] = [
  ['writes', 'CREATE TABLE oops (x int)', /read-only transaction/],
  ['two', 'SELECT 1 AS a; DROP TABLE oops', /multiple commands/],
  ['leaves', 'ROLLBACK', /$/],
  ['unlocks', "SELECT set_config('transaction_read_only', 'off', false)", /read-write mode/],
  ['endless', 'SELECT pg_sleep(3600)', /statement timeout/],
  ['rows', 'SELECT g AS a FROM generate_series(1, 100000) g', /more than 10000 rows/],
  ['long', "SELECT repeat('x', 2000000) AS a", /a message of 2000\d+ bytes/],
  ['much', "SELECT g AS a, repeat('x', 100000) AS b FROM generate_series(1, 900) g", /more than 16777216 bytes/],
  ['loud', "SELECT 1 / length(repeat('x', 3000000)::text COLLATE nope)", /nope/],
  ['wide', `SELECT ${Array.from({ length: 101 }, (_unused, at) => `${at} AS c${at}`).join(', ')}`, /more than 100 col/],
];

t.test('custom queries that do harm', { skip }, async (t) => {
  if (postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  const queries = new Map<string, object>([
    ...HARMFUL.map(([name, query]) => [name, { query }] as const),
    ['settings', { query: "SELECT set_config('statement_timeout', '0', false)" }],
    ['settings_after', { query: "SELECT setting AS ms FROM pg_settings WHERE name = 'statement_timeout'" }],
    ['same', { query: 'SELECT g AS "a b", 1 AS "a_b", \'x\' AS "?column?" FROM generate_series(1, 3) g' }],
    ['pg', { query: 'SELECT 99 AS up', metrics: [{ up: { usage: 'GAUGE', description: 'not the first' } }] }],
    ['good', { query: 'SELECT 1 AS a -- the end' }],
  ]);
  const file = writeFor(place.folder, 'queries.yaml', JSON.stringify(Object.fromEntries(queries)));
  const ours = await startSonde([`--extend.query-path=${file}`, '--collection-timeout=4s'], {
    command: 'postgres',
    env: { DATA_SOURCE_NAME: `postgresql://postgres:x@${target}/postgres?sslmode=disable` },
  });
  t.teardown(() => ours.stop());
  const { status, text } = await httpGet(ours.address, '/metrics');
  t.equal(status, 200);
  t.match(text, /^good_a\{server="[^"]+"\} 1$/m);
  t.match(text, /^pg_up 1$/m, 'a query has no metric that there is');
  t.match(text, /^settings_after_ms\{server="[^"]+"\} 1000$/m, 'a setting does not outlive its query');
  t.match(text, /^same_a_b\{server="[^"]+"\} 1$/m, 'the first of the rows and columns that are alike');
  t.match(text, /^pg_exporter_last_scrape_error 1$/m);
  t.same(text.match(/^(?:writes|two|endless|rows|long|much|loud|wide)_/gm), null);
  const log = ours.output();
  for (const [name, , err] of HARMFUL) {
    const lines = log.split('\n').filter((line) => line.includes(`query=${name} `));
    if (err.source !== '$') t.match(lines.join('\n'), err, name);
  }
});

t.test('databases that take all the time: the server is up, and what was asked before is told', { skip }, async (t) => {
  if (postgres === undefined || initdb === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  const session = await openSession(t, target);
  for (let at = 0; at < 6; at++) await session.query(`CREATE DATABASE slow_${at}`);
  const queries = {
    mine: {
      query:
        "SELECT current_database() AS db, 1 AS x, pg_sleep(CASE WHEN current_database() ~ 'slow' THEN 99 ELSE 0 END)",
      metrics: [{ db: { usage: 'LABEL' } }, { pg_sleep: { usage: 'DISCARD' } }],
    },
  };
  const file = writeFor(place.folder, 'queries.yaml', JSON.stringify(queries));
  const args = [`--extend.query-path=${file}`, '--collection-timeout=4s', '--auto-discover-databases'];
  const ours = await startSonde(args, {
    command: 'postgres',
    env: { DATA_SOURCE_NAME: `postgresql://postgres:x@${target}/postgres?sslmode=disable` },
  });
  t.teardown(() => ours.stop());
  const { status, text } = await httpGet(ours.address, '/metrics');
  t.equal(status, 200);
  t.match(text, /^pg_up 1$/m);
  t.match(text, /^mine_x\{db="postgres",server="[^"]+"\} 1$/m);
  t.match(text, /^pg_exporter_last_scrape_error 1$/m);
  t.match(ours.output(), /A database cannot be asked/, 'the time was over before all databases were asked');
});
