import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { queryPrometheus } from '../../helpers/documents/prometheus.js';
import { startOkServer, startWriteReceiver } from '../../helpers/documents/write-receiver.js';
import { ACCEPTED_MESSAGES, findPrometheusServers, startSonde, takesRemoteWrite2 } from '../../helpers/peer.js';
import type { ChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';

t.setTimeout(500_000);

/** Sonde with one target, probed every second, that writes by 2.0 to a receiver. */
async function startWriting(t: Test, receiver: string): Promise<ChildService> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-remote-write-2-'));
  const targets = [`${await startOkServer(t)}/a`];
  writeFileSync(
    join(folder, 'targets.json'),
    JSON.stringify([{ targets, labels: { team: 'web', empty: '' }, schedule: '1s' }]),
  );
  writeFileSync(join(folder, 'blackbox.yml'), 'modules: {http_2xx: {prober: http}}\n');
  const sonde = await startSonde([
    `--config.file=${join(folder, 'blackbox.yml')}`,
    `--targets.file=${join(folder, 'targets.json')}`,
    `--remote-write.url=http://${receiver}/api/v1/write`,
    `--remote-write.queue=${join(folder, 'queue')}`,
    '--remote-write.version=2.0',
    '--remote-write.external-label=site=a',
  ]);
  t.teardown(async () => {
    await sonde.stop();
    rmSync(folder, { recursive: true });
  });
  return sonde;
}

/** Waits until some results have come, and compares what is read back. */
async function readBack(t: Test, receiver: string): Promise<void> {
  const [success] = await queryPrometheus(receiver, 'count_over_time(probe_success{team="web",site="a"}[1m]) > 4', 1);
  t.ok(success !== undefined, 'results have come');
  const count = 'sum(histogram_count(probe_duration_seconds_hist))';
  const [both] = await queryPrometheus(receiver, `${count} == sum(probe_attempts_total)`, 1);
  t.ok((both?.value ?? 0) > 4, 'native histograms have as many observations as there were attempts');
  const [quantile] = await queryPrometheus(
    receiver,
    'histogram_quantile(0.9, sum(rate(probe_duration_seconds_hist[30s])))',
    1,
  );
  t.ok(quantile !== undefined && quantile.value > 0 && quantile.value < 5, String(quantile?.value));
}

const servers = findPrometheusServers();
if (servers.length === 0) t.test('remote write 2.0', { skip: 'no prometheus in PATH' }, () => undefined);
for (const server of servers.filter(takesRemoteWrite2)) {
  t.test(`Prometheus ${server.version} takes 2.0 and has written all of it`, async (t) => {
    const receiver = await startWriteReceiver(t, server, [
      `${ACCEPTED_MESSAGES}=io.prometheus.write.v2.Request`,
      ...['--enable-feature=metadata-wal-records', '--no-storage.tsdb.wal-compression'],
    ]);
    const sonde = await startWriting(t, receiver.address());
    await readBack(t, receiver.address());
    // Prometheus 3.5 shows metadata of what it scrapes alone; what is written to it is in its log.
    const log = readdirSync(receiver.wal)
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readFileSync(join(receiver.wal, name), 'latin1'))
      .join('');
    for (const help of [
      'Displays whether or not the probe was a success',
      'Probes of the schedule that have ended.',
      'How long the probes of the schedule took.',
    ])
      t.ok(log.includes(help), help);
    const { text } = await httpGet(sonde.address, '/metrics');
    t.match(text, /^sonde_remote_write_requests_total\{outcome="taken"\} [1-9]/m);
    t.match(text, /^sonde_remote_write_samples_total [1-9]\d\d/m);
    for (const zero of [
      'requests_total{outcome="unsupported"}',
      'requests_total{outcome="refused"}',
      'samples_refused_total',
      'samples_unwritten_total',
    ])
      t.ok(text.includes(`\nsonde_remote_write_${zero} 0\n`), zero);
  });
}

/** Newer ones say that they do not know 2.0; older ones take it, and write nothing. */
for (const server of servers) {
  const isAsked = takesRemoteWrite2(server);
  const options = isAsked ? [`${ACCEPTED_MESSAGES}=prometheus.WriteRequest`] : [];
  const why = isAsked ? /415/ : /its answer does not say what was written/;
  t.test(`Prometheus ${server.version} that takes 1.0 alone gets 1.0`, async (t) => {
    const receiver = await startWriteReceiver(t, server, options);
    const sonde = await startWriting(t, receiver.address());
    await readBack(t, receiver.address());
    t.match(sonde.output(), /level=WARN.*The receiver does not know remote write 2\.0, results go by 1\.0/);
    t.match(sonde.output(), why);
    const { text } = await httpGet(sonde.address, '/metrics');
    t.match(text, /^sonde_remote_write_requests_total\{outcome="unsupported"\} 1$/m);
    t.match(text, /^sonde_remote_write_samples_refused_total 0$/m);
  });
}
