import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { askPrometheus, queryPrometheus } from '../../helpers/documents/prometheus.js';
import { startOkServer, startWriteReceiver } from '../../helpers/documents/write-receiver.js';
import { findPrometheusServers, startSonde, takesRemoteWrite2 } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

t.setTimeout(500_000);

interface Matrix {
  readonly result: readonly { readonly metric: Record<string, string>; readonly values: [number, string][] }[];
}

const servers = findPrometheusServers();
if (servers.length === 0) t.test('remote write', { skip: 'no prometheus in PATH' }, () => undefined);
const runs = servers.flatMap((server) => (['1.0', '2.0'] as const).map((version) => ({ server, version })));
for (const { server, version } of runs) {
  t.test(`Prometheus ${server.version} gets every result once by ${version}, whoever is killed`, async (t) => {
    const receiver = await startWriteReceiver(t, server);
    const target = await startOkServer(t);
    const folder = mkdtempSync(join(tmpdir(), 'sonde-remote-write-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'targets.json');
    const write = (paths: readonly string[]) => {
      const targets = paths.map((path) => target + path);
      writeFileSync(file, JSON.stringify([{ targets, labels: { team: 'web' }, schedule: '1s' }]));
    };
    write(['/a', '/b']);
    writeFileSync(join(folder, 'blackbox.yml'), 'modules: {http_2xx: {prober: http}}\n');
    const begin = () =>
      startSonde([
        `--config.file=${join(folder, 'blackbox.yml')}`,
        `--targets.file=${file}`,
        `--remote-write.url=http://${receiver.address()}/api/v1/write`,
        `--remote-write.queue=${join(folder, 'queue')}`,
        `--remote-write.version=${version}`,
      ]);
    let sonde = await begin();
    t.teardown(() => sonde.stop());
    const success = 'probe_success{team="web"}';
    await queryPrometheus(receiver.address(), `${success} == 1`, 2);
    const began = Math.floor(Date.now() / 1000) - 1;

    const waiting = async (): Promise<number> => {
      const { text } = await httpGet(sonde.address, '/metrics');
      return Number(/^sonde_remote_write_queue_results (\d+)$/m.exec(text)?.[1]);
    };
    receiver.kill();
    await until(async () => (await waiting()) >= 6, 'results wait');
    process.kill(sonde.pid, 'SIGKILL');
    sonde = await begin();
    const left = await waiting();
    await until(async () => (await waiting()) >= left + 4, 'more results wait, of another process');
    await receiver.start();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const end = Math.floor(Date.now() / 1000);

    // What is newer comes behind all that waited.
    await queryPrometheus(receiver.address(), `timestamp(${success}) > ${end}`, 2);
    const all = await askPrometheus<Matrix>(receiver.address(), 'query', {
      query: `probe_attempts_total{team="web"}[${end - began}s] @ ${end}`,
    });
    t.equal(all?.result.length, 2);
    for (const { metric, values } of all?.result ?? []) {
      // Each result counts itself, also where a busy machine has skipped a probe; the second process began anew.
      const counts = values.map(([, value]) => Number(value));
      const jumps = counts.slice(1).filter((count, index) => count !== (counts[index] ?? NaN) + 1);
      t.strictSame(jumps, [1], `${metric['instance']}: each once, none is missing: ${counts.join()}`);
    }
    // Native histograms read back with PromQL.
    const [quantile] = await queryPrometheus(
      receiver.address(),
      'histogram_quantile(0.9, sum(rate(probe_duration_seconds_hist[30s])))',
      1,
    );
    t.ok(quantile !== undefined && quantile.value > 0 && quantile.value < 5, String(quantile?.value));
    const [more] = await queryPrometheus(
      receiver.address(),
      'sum(histogram_count(probe_duration_seconds_hist)) - sum(probe_attempts_total)',
      1,
    );
    t.ok(Math.abs(more?.value ?? NaN) <= 2, `${more?.value} observations more than attempts`);
    // A target that goes is stale at once, not five minutes later.
    write(['/a']);
    for (const series of [success, 'histogram_count(probe_duration_seconds_hist{team="web"})'])
      await until(
        async () => (await queryPrometheus(receiver.address(), series, 1)).length === 1,
        `${series} of it is stale`,
      );
    const isFallback = version === '2.0' && !takesRemoteWrite2(server);
    t.equal(/does not know remote write/.test(sonde.output()), isFallback, 'falls back to 1.0 where 2.0 is not known');
    t.notMatch(sonde.output(), /is refused|has not written|missing|damaged/);
  });
}
