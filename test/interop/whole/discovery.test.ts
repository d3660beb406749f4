import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { findPrometheusServers, startSonde } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';
import { answer } from '../http/http-cases.js';
import { startOrigin } from '../http/origin.js';

t.setTimeout(500_000);

interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
}

async function activeTargets(prometheus: string): Promise<readonly ActiveTarget[]> {
  const { text } = await httpGet(prometheus, '/api/v1/targets?state=active');
  return (JSON.parse(text) as { data: { activeTargets: ActiveTarget[] } }).data.activeTargets;
}

/** The targets that Prometheus scrapes through Sonde, sorted; each as often as it is scraped. */
async function scraped(prometheus: string): Promise<readonly string[]> {
  const targets = await activeTargets(prometheus);
  return targets.map(({ scrapeUrl }) => new URL(scrapeUrl).searchParams.get('target') ?? '').sort();
}

async function startListed(t: Test, targets: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-discovery-'));
  writeFileSync(
    join(folder, 'blackbox.yml'),
    'modules: {http_2xx: {prober: http, http: {preferred_ip_protocol: ip4}}}\n',
  );
  const file = join(folder, 'targets.json');
  const write = (list: readonly string[]) => {
    writeFileSync(file, JSON.stringify([{ targets: list, labels: { module: 'http_2xx', team: 'web' } }]));
  };
  write(targets);
  const sonde = await startSonde([`--config.file=${join(folder, 'blackbox.yml')}`, `--targets.file=${file}`]);
  t.teardown(async () => {
    await sonde.stop();
    rmSync(folder, { recursive: true });
  });
  return { address: sonde.address, write };
}

const servers = findPrometheusServers();
if (servers.length === 0) t.test('Prometheus finds targets by /sd', { skip: 'no prometheus in PATH' }, () => undefined);
for (const server of servers) {
  t.test(`Prometheus ${server.version} finds targets by /sd, in two shards`, async (t) => {
    const origin = await startOrigin(answer('200 OK', 'hello'));
    t.teardown(() => origin.close());
    // The port is another each time, and so is what is in which shard: of few targets, all may be in one.
    const urls = Array.from({ length: 36 }, (_, i) => `http://127.0.0.1:${origin.port}/${i}`);
    const listed = urls.slice(0, 32);
    const { address, write } = await startListed(t, listed);
    const job = (shard: number) => `  - job_name: shard${shard}
    http_sd_configs:
      - url: http://${address}/sd?shard=${shard}&of=2
        refresh_interval: 1s
`;
    const prometheus = await startPrometheus(t, server, `scrape_configs:\n${job(1)}${job(2)}`);
    const series = await queryPrometheus(prometheus, 'probe_success{team="web"}', listed.length);
    t.strictSame(series.map(({ metric }) => metric['instance']).sort(), [...listed].sort());
    t.ok(series.every(({ value }) => value === 1));
    t.strictSame(await scraped(prometheus), [...listed].sort(), 'each once');
    t.equal(new Set(series.map(({ metric }) => metric['job'])).size, 2, 'both shards have some');
    // Targets come and go.
    const others = urls.slice(3);
    write(others);
    const wanted = [...others].sort().join();
    for (let look = 0; look < 4 && (await scraped(prometheus)).join() !== wanted; look++)
      await until(async () => (await scraped(prometheus)).join() === wanted, 'targets are scraped').catch(
        () => undefined,
      );
    t.equal((await scraped(prometheus)).join(), wanted, 'the new ones each once, and no old one');
  });
}
