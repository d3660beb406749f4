import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fencedBlocks } from '../../helpers/documents/documents.js';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { findPrometheusServers, REPOSITORY, startSonde } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startPostgres } from '../servers/databases.js';
import { openMariadb, startMariadbServer } from '../servers/mariadb-load.js';
import { startStatusPages } from '../servers/nginx-status.js';
import { openSession } from '../servers/postgres-load.js';
import { findServer, makePlace, type Place, writeFor } from '../servers/real-server.js';

t.setTimeout(500_000);

const [prometheus] = findPrometheusServers();
const [mariadbd, postgres, initdb, nginx] = ['mariadbd', 'postgres', 'initdb', 'nginx'].map(findServer);
const noPrometheus = prometheus === undefined && 'no prometheus in PATH';

interface Page {
  /** The blocks of YAML, in their order. */
  readonly yaml: readonly string[];
  /** The blocks of a console. */
  readonly consoles: readonly string[];
  /** The statements that make the user, with a password in the place of the dots. */
  readonly makeUser: readonly string[];
}

function readPage(name: string): Page {
  const path = `docs/probers/${name}.md`;
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  const blocks = fencedBlocks({ path, text });
  const [, statements = ''] = /`(CREATE (?:USER|ROLE) [^`]*)`/.exec(text) ?? [];
  return {
    yaml: blocks.filter(({ language }) => language === 'yaml').map((block) => block.text),
    consoles: blocks.filter(({ language }) => language === 'console').map((block) => block.text),
    makeUser: statements
      .replace('…', 'of the user')
      .split(';')
      .filter((each) => each.trim() !== ''),
  };
}

/** The text with the places of this machine in the stead of those of the example; each has to be there. */
function placed(t: Test, text: string, places: readonly (readonly [from: string, to: string])[]): string {
  return places.reduce((each, [from, to]) => {
    t.ok(each.includes(from), `the example has ${from}`);
    return each.replaceAll(from, to);
  }, text);
}

/** Starts a prober with the modules, which trusts the authority of the place. */
async function startProber(t: Test, { folder, ca }: Place, modules: string): Promise<string> {
  const file = writeFor(folder, 'blackbox.yml', modules);
  const service = await startSonde([`--config.file=${file}`], { env: { SSL_CERT_FILE: ca } });
  t.teardown(() => service.stop());
  return service.address;
}

t.test(
  'the page of mysql',
  { skip: mariadbd === undefined ? 'not here: mariadbd (see .ci/servers)' : noPrometheus },
  async (t) => {
    if (mariadbd === undefined || prometheus === undefined) return;
    const place = await makePlace(t);
    const server = await startMariadbServer(t, mariadbd, place);
    const { yaml, makeUser } = readPage('mysql');
    const root = await openMariadb(t, server);
    for (const statement of makeUser) await root.query(statement);
    t.equal(makeUser.length, 2);
    const passwordFile = writeFor(place.folder, 'mysql-password', 'of the user\n');
    const modules = placed(t, yaml[0] ?? '', [
      ['/etc/sonde/mysql-password', passwordFile],
      ['db-*.example.com', '127.0.0.1'],
    ]);
    const sonde = await startProber(t, place, modules);
    const job = placed(t, yaml[1] ?? '', [
      ['db-1.example.com:3306', server.target],
      ['127.0.0.1:9115', sonde],
    ]);
    const scraper = await startPrometheus(t, prometheus, job);
    const instance = `instance="${server.target}"`;
    for (const query of [
      `mysql_up{${instance}} == 1`,
      `probe_success{${instance}} == 1`,
      `mysql_global_status_threads_running{${instance}}`,
      `probe_mysql_duration_seconds{${instance},phase="tls"} > 0`,
    ]) {
      t.equal((await queryPrometheus(scraper, query, 1)).length, 1, query);
    }
  },
);

const noPostgres = (postgres === undefined || initdb === undefined) && 'not here: postgres, initdb (see .ci/servers)';

t.test('the page of postgres', { skip: noPostgres !== false ? noPostgres : noPrometheus }, async (t) => {
  if (postgres === undefined || initdb === undefined || prometheus === undefined) return;
  const place = await makePlace(t);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  const { yaml, makeUser } = readPage('postgres');
  const session = await openSession(t, target);
  for (const statement of makeUser) await session.query(statement);
  t.equal(makeUser.length, 2);
  // Without a database in the target, it is that of the user's name.
  await session.query('CREATE DATABASE prober');
  await session.query("CREATE TABLE orders AS SELECT 'open' AS state FROM generate_series(1, 12)");
  await session.query('GRANT SELECT ON orders TO prober');
  const passwordFile = writeFor(place.folder, 'postgres-password', 'of the user\n');
  const modules = placed(t, yaml[0] ?? '', [
    ['/etc/sonde/postgres-password', passwordFile],
    ['db-*.example.com', '127.0.0.1'],
  ]);
  // The example of queries leaves out how to log in.
  const own = placed(t, yaml[2] ?? '', [
    ['modules:\n  postgres:\n', '  own:\n'],
    ['    postgres:\n', modules.slice(modules.indexOf('    postgres:\n'))],
  ]);
  const sonde = await startProber(t, place, `${modules}${own}`);
  const job = placed(t, yaml[1] ?? '', [
    ['db-1.example.com:5432', target],
    ['127.0.0.1:9115', sonde],
  ]);
  const scraper = await startPrometheus(t, prometheus, job);
  const instance = `instance="${target}"`;
  for (const query of [
    `pg_up{${instance}} == 1`,
    `probe_success{${instance}} == 1`,
    `pg_database_size_bytes{${instance},datname="postgres"} > 0`,
    `probe_postgres_duration_seconds{${instance},phase="tls"} > 0`,
  ]) {
    t.equal((await queryPrometheus(scraper, query, 1)).length, 1, query);
  }
  const { text } = await httpGet(sonde, `/probe?module=own&target=${target}/postgres`);
  t.match(text, new RegExp(`^shop_orders_rows\\{server="${target}",state="open"\\} 12$`, 'm'));
});

t.test('the page of nginx', { skip: nginx === undefined && 'not here: nginx (see .ci/servers)' }, async (t) => {
  if (nginx === undefined) return;
  const place = await makePlace(t);
  const pages = await startStatusPages(t, nginx, place);
  const { yaml, consoles } = readPage('nginx');
  const sonde = await startProber(t, place, yaml[0] ?? '');
  const [command = '', ...shown] = (consoles[0] ?? '').trimEnd().split('\n');
  const [, path = ''] = /http:\/\/localhost:9115(\/probe\?[^']*)'/.exec(command) ?? [];
  const { text } = await httpGet(sonde, placed(t, path, [['http://127.0.0.1:8080/stub_status', pages.http]]));
  const names = (lines: readonly string[]) => lines.flatMap((line) => /^(nginx\w*) \d+$/.exec(line)?.[1] ?? []);
  t.ok(shown.length > 5);
  t.same(names(text.split('\n')), names(shown));
  t.match(text, /^nginx_up 1$/m);
});
