import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { askPrometheus, queryPrometheus } from '../../helpers/documents/prometheus.js';
import { startOkServer, startWriteReceiver } from '../../helpers/documents/write-receiver.js';
import { findPrometheusServers, startSonde, takesRemoteWrite2 } from '../../helpers/peer.js';
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
    const first = await queryPrometheus(receiver.address(), success, 2);
    t.strictSame(
      first.map(({ value }) => value),
      [1, 1],
    );
    const began = Math.floor(Date.now() / 1000) - 1;

    receiver.kill();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill(sonde.pid, 'SIGKILL');
    const down = Date.now();
    sonde = await begin();
    const downSeconds = (Date.now() - down) / 1000;
    await receiver.start();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const end = Math.floor(Date.now() / 1000);

    await until(async () => {
      const counts = await askPrometheus<{ result: { value: [number, string] }[] }>(receiver.address(), 'query', {
        query: `count_over_time(${success}[${end - began}s] @ ${end})`,
      });
      return counts?.result.every(({ value }) => Number(value[1]) >= end - began - downSeconds - 6) ?? false;
    }, 'what waited has come');
    const all = await askPrometheus<Matrix>(receiver.address(), 'query', {
      query: `${success}[${end - began}s] @ ${end}`,
    });
    for (const { metric, values } of all?.result ?? []) {
      const times = values.map(([time]) => time);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      // A probe that came late after the start may be close to the next one, but no result is there a second time.
      t.ok(Math.min(...gaps) > 0.005, `${metric['instance']}: once each`);
      const long = gaps.filter((gap) => gap > 1.9);
      t.ok(
        long.length <= 1 && Math.max(0, ...long) < downSeconds + 4,
        `gaps: ${gaps.map((gap) => gap.toFixed(2)).join()}`,
      );
    }
    // Native histograms read back with PromQL.
    const [quantile] = await queryPrometheus(
      receiver.address(),
      'histogram_quantile(0.9, sum(rate(probe_duration_seconds_hist[30s])))',
      1,
    );
    t.ok(quantile !== undefined && quantile.value > 0 && quantile.value < 5, String(quantile?.value));
    const [count] = await queryPrometheus(receiver.address(), 'sum(histogram_count(probe_duration_seconds_hist))', 1);
    const [attempts] = await queryPrometheus(receiver.address(), 'sum(probe_attempts_total)', 1);
    t.ok(Math.abs((count?.value ?? 0) - (attempts?.value ?? NaN)) <= 2, `${count?.value} of ${attempts?.value}`);
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
