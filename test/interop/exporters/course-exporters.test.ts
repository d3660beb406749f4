import t, { type Test } from 'tap';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { findPrometheusServers, startSonde } from '../../helpers/peer.js';
import { exporterNamed } from '../../helpers/services/start-exporter.js';
import { startPostgres } from '../servers/databases.js';
import { fillMariadb, openMariadb, startMariadbLoad, startMariadbServer } from '../servers/mariadb-load.js';
import { startPageLoad, startStatusPages } from '../servers/nginx-status.js';
import { fillPostgres, openSession, startPostgresLoad } from '../servers/postgres-load.js';
import { findServer, type Found, makePlace } from '../servers/real-server.js';
import { startRedisFleet, startRedisLoad } from '../servers/redis-fleet.js';
import { readCourse } from '../whole/course.js';

t.setTimeout(500_000);

const PROGRAMS = ['redis-server', 'nginx', 'mariadbd', 'postgres', 'initdb'];
const [prometheus] = findPrometheusServers();
const servers = PROGRAMS.flatMap((name) => findServer(name) ?? []);
const missing = servers.length < PROGRAMS.length && `not here: ${PROGRAMS.join(', ')} (see .ci/servers)`;

t.test(
  'the exporters of the course by their commands, and the panels of their dashboards (Grafana 763, 12708, 7362, 9628)',
  { skip: prometheus === undefined ? 'no prometheus in PATH' : missing },
  async (t) => {
    if (prometheus === undefined) return;
    const places = await startServers(t, servers);
    const placed = (text: string): string => [...places].reduce((each, [from, to]) => each.replace(from, to), text);
    const { exporters } = readCourse();
    const jobs: string[] = [];
    for (const { name, command, port, args, env = {} } of exporters) {
      t.equal(exporterNamed(command).standardAddress, `:${port}`, `${name}: its port`);
      const variables = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, placed(value)]));
      const service = await startSonde(args.map(placed), { command, env: variables });
      t.teardown(() => service.stop());
      jobs.push(`  - job_name: ${name}\n    static_configs:\n      - targets: ['${service.address}']\n`);
    }
    const server = await startPrometheus(t, prometheus, `scrape_configs:\n${jobs.join('')}`);
    for (const { name, panels } of exporters) {
      t.ok(panels.length > 5);
      for (const panel of panels) t.ok((await queryPrometheus(server, panel, 1)).length > 0, `${name}: ${panel}`);
    }
    t.equal((await queryPrometheus(server, 'up == 1', exporters.length)).length, exporters.length, 'all are scraped');
  },
);

/** Starts all of them, with something to do; resolves with what the course calls them, and where they are. */
async function startServers(t: Test, found: readonly Found[]): Promise<ReadonlyMap<string, string>> {
  const [redis, nginx, mariadbd, postgres, initdb] = found as [Found, Found, Found, Found, Found];
  const place = await makePlace(t);
  const fleet = await startRedisFleet(t, redis, place);
  startRedisLoad(t, fleet.plain);
  const pages = await startStatusPages(t, nginx, place);
  startPageLoad(t, pages.busy);
  const mariadb = await startMariadbServer(t, mariadbd, place);
  await fillMariadb(t, mariadb);
  const root = await openMariadb(t, mariadb);
  await root.query("CREATE USER exporter@'%' IDENTIFIED BY 'password'");
  await root.query("GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO exporter@'%'");
  await startMariadbLoad(t, mariadb);
  const { target } = await startPostgres(t, [postgres, initdb], place);
  await fillPostgres(t, target);
  const superuser = await openSession(t, target);
  await startPostgresLoad(t, target);
  await superuser.query("ALTER ROLE postgres PASSWORD 'password'");
  return new Map([
    ['redis:6379', fleet.plain],
    ['http://nginx:8080/stub_status', pages.http],
    ['mysql:3306', mariadb.target],
    ['postgres:5432', target],
  ]);
}
