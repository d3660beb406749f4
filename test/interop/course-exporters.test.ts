import t from 'tap';
import { findPrometheusServers, startSonde } from '../helpers/peer.js';
import { queryPrometheus, startPrometheus } from '../helpers/prometheus.js';
import { exporterNamed } from '../helpers/start-exporter.js';
import { readCourse } from './course.js';
import { startPageLoad, startStatusPages } from './servers/nginx-status.js';
import { findServer, makePlace } from './servers/real-server.js';
import { startRedisFleet, startRedisLoad } from './servers/redis-fleet.js';

t.setTimeout(240_000);

const [prometheus] = findPrometheusServers();
const servers = ['redis-server', 'nginx'].map(findServer);
const missing = servers.includes(undefined) ? 'not here: redis-server, nginx (see .ci/servers)' : false;

t.test(
  'the exporters of the course by their commands, and the panels of their dashboards (Grafana 763, 12708)',
  { skip: prometheus === undefined ? 'no prometheus in PATH' : missing },
  async (t) => {
    const [redis, nginx] = servers;
    if (prometheus === undefined || redis === undefined || nginx === undefined) return;
    const place = await makePlace(t);
    const fleet = await startRedisFleet(t, redis, place);
    const pages = await startStatusPages(t, nginx, place);
    startRedisLoad(t, fleet.plain);
    startPageLoad(t, pages.busy);
    // What the course calls by names of containers.
    const places = new Map([
      ['redis:6379', fleet.plain],
      ['http://nginx:8080/stub_status', pages.http],
    ]);
    const { exporters } = readCourse();
    const jobs: string[] = [];
    for (const { name, command, port, args } of exporters) {
      t.equal(exporterNamed(command).standardAddress, `:${port}`, `${name}: its port`);
      const placed = args.map((arg) => [...places].reduce((text, [from, to]) => text.replace(from, to), arg));
      const service = await startSonde(placed, { command });
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
