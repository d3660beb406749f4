import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readRemoteWrite2, type ReadSeries } from '../../../helpers/documents/remote-write-2.js';
import { type Answered, startRemoteWriting, type Taken } from '../../../helpers/services/remote-writing.js';
import { until } from '../../../helpers/until.js';

const isSecond = ({ headers }: Taken): boolean => headers['x-prometheus-remote-write-version'] === '2.0.0';

/** The answer of a receiver of 2.0 that has written all, but for `less` samples. */
function writtenBy({ body }: Taken, less = 0): Answered {
  const { series } = readRemoteWrite2(body);
  const count = (of: 'samples' | 'histograms') => series.reduce((sum, one) => sum + one[of].length, 0);
  return {
    status: 204,
    headers: {
      'X-Prometheus-Remote-Write-Samples-Written': String(count('samples') - less),
      'X-Prometheus-Remote-Write-Histograms-Written': String(count('histograms')),
      'X-Prometheus-Remote-Write-Exemplars-Written': '0',
    },
  };
}

/** A service that sends 2.0 to a receiver that answers by `answer`. */
const start = (t: Test, answer: (request: Taken, index: number) => Answered) =>
  startRemoteWriting(t, answer, {
    given: { protobuf_message: 'io.prometheus.write.v2.Request' },
    externalLabels: [{ name: 'site', value: 'a' }],
  });

t.test('requests are those of remote write 2.0, with the metadata of each series', async (t) => {
  const { requests, pass, metric, app } = await start(t, (request) => writtenBy(request));
  await pass(() => requests.length >= 2, 'requests have come');
  t.match(requests[0]?.headers, {
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '2.0.0',
    authorization: /^Basic /,
    'user-agent': /^Sonde\//,
  });
  for (const { body } of requests) {
    const { symbols, series } = readRemoteWrite2(body);
    t.equal(symbols[0], '');
    const success = series.find(({ labels }) => labels['__name__'] === 'probe_success');
    t.strictSame(success?.labels, { __name__: 'probe_success', instance: 'x', module: 'm', site: 'a', team: 'web' });
    t.match(success?.metadata, { type: 2, help: /^Displays whether or not the probe was a success/ });
    const info = series.find(({ labels }) => labels['__name__'] === 'probe_test_info');
    t.equal(info?.labels['full'], 'a');
    const durations = series.find(({ labels }) => labels['__name__'] === 'probe_duration_seconds_hist');
    t.match(durations, { samples: [], histograms: [{ schema: 3 }], metadata: { type: 3 } });
    for (const { labels, samples, histograms, metadata } of series) {
      t.strictSame(Object.keys(labels), Object.keys(labels).sort(), 'labels are sorted');
      t.notOk(Object.values(labels).includes(''), 'no label is empty');
      t.equal(samples.length + histograms.length, 1, 'one sample a series');
      t.ok(metadata !== undefined && metadata.help !== '', `${labels['__name__'] ?? ''} has metadata`);
    }
  }
  await pass(() => metric(/^sonde_remote_write_requests_total\{outcome="taken"\} [1-9]/m), 'it is counted');
  t.ok(await metric(/^sonde_remote_write_samples_unwritten_total 0$/m));
  t.notMatch(app.logLines.join(''), /level=(?:ERROR|WARN).*(?:remote write|receiver)/i);
});

const UNKNOWN: readonly (readonly [name: string, answer: Answered])[] = [
  ['415', { status: 415 }],
  ['400 before it has ever known it', { status: 400 }],
  ['200 without telling what was written', { status: 200 }],
];
for (const [name, answer] of UNKNOWN) {
  t.test(`a receiver that answers ${name} gets the same samples by 1.0`, async (t) => {
    const { requests, pass, metric, app, clock } = await start(t, (request) =>
      isSecond(request) ? answer : { status: 204 },
    );
    await pass(() => requests.length >= 3, 'requests have come');
    t.strictSame(requests.slice(0, 3).map(isSecond), [true, false, false]);
    const [second, first] = requests;
    const { series } = readRemoteWrite2(second?.body ?? Buffer.alloc(0));
    for (const { labels } of series) t.ok(first?.body.includes(labels['__name__'] ?? '-'), String(labels['__name__']));
    await pass(() => metric(/^sonde_remote_write_queue_results 0$/m), 'nothing waits');
    for (const line of [
      /^sonde_remote_write_requests_total\{outcome="unsupported"\} 1$/m,
      /^sonde_remote_write_requests_total\{outcome="refused"\} 0$/m,
      /^sonde_remote_write_samples_refused_total 0$/m,
      /^sonde_remote_write_samples_unwritten_total 0$/m,
    ])
      t.ok(await metric(line), String(line));
    t.match(app.logLines.join(''), /level=WARN.*The receiver does not know remote write 2\.0, results go by 1\.0/);
    const count = requests.length;
    clock.advance(3600);
    await pass(() => requests.slice(count).some(isSecond), 'an hour later it is asked again');
  });
}

t.test('what a receiver has not written is counted and logged', async (t) => {
  const { requests, pass, metric, app } = await start(t, (request, index) => writtenBy(request, index < 2 ? 3 : 0));
  await pass(() => requests.length >= 3, 'requests have come');
  await pass(() => metric(/^sonde_remote_write_samples_unwritten_total 6$/m), 'it is counted');
  t.ok(requests.every(isSecond));
  const lines = app.logLines.filter((line) => line.includes('The receiver has not written all that it has taken'));
  t.equal(lines.length, 1, 'one line for all that follow one another');
  t.match(lines[0], /unwritten=3/);
  t.ok(await metric(/^sonde_remote_write_samples_refused_total 0$/m));
});

t.test('of a refused request what was written counts as taken', async (t) => {
  const { requests, pass, metric, app } = await start(t, (request, index) =>
    index === 1 ? { ...writtenBy(request, 2), status: 400 } : writtenBy(request),
  );
  await pass(() => requests.length >= 3, 'requests have come');
  await pass(() => metric(/^sonde_remote_write_samples_refused_total 2$/m), 'the rest was refused');
  t.ok(requests.every(isSecond), 'the receiver knows 2.0');
  t.match(app.logLines.join(''), /Remote write is refused.*unwritten=2.*400 out of order/);
});

t.test('a refusal of a receiver that knows 2.0 is final, and an error is not', async (t) => {
  const statuses = [204, 400, 503];
  const { requests, pass, metric } = await start(t, (request, index) => {
    const status = statuses[index] ?? 204;
    return status === 204 ? writtenBy(request) : { status };
  });
  await pass(() => requests.length >= 4, 'requests have come');
  t.ok(requests.every(isSecond));
  t.ok(requests[3]?.body.equals(requests[2]?.body ?? Buffer.alloc(0)), 'the same is sent again');
  await pass(() => metric(/^sonde_remote_write_samples_refused_total [1-9]/m), 'what was refused is counted');
  t.ok(await metric(/^sonde_remote_write_requests_total\{outcome="unsupported"\} 0$/m));
});

const FORMS: readonly (readonly [form: 'native' | 'classic' | 'both', native: number, buckets: number])[] = [
  ['native', 1, 0],
  ['classic', 0, 13],
  ['both', 1, 13],
];
for (const [form, native, buckets] of FORMS) {
  t.test(`histograms are sent, and end, as asked for: ${form}`, async (t) => {
    const { requests, pass, folder } = await startRemoteWriting(t, (request) => writtenBy(request), {
      given: { protobuf_message: 'io.prometheus.write.v2.Request' },
      histograms: form,
    });
    const named = (request: Taken | undefined, name: string): readonly ReadSeries[] =>
      readRemoteWrite2(request?.body ?? Buffer.alloc(0)).series.filter(({ labels }) => labels['__name__'] === name);
    const family = 'probe_duration_seconds_hist';
    const counts: readonly (readonly [suffix: string, count: number])[] = [
      ['', native],
      ['_bucket', buckets],
      ['_sum', Math.min(buckets, 1)],
      ['_count', Math.min(buckets, 1)],
    ];
    await pass(() => requests.length > 0, 'a request has come');
    for (const [suffix, count] of counts) {
      const sent = named(requests[0], `${family}${suffix}`);
      t.equal(sent.length, count, suffix);
      for (const { metadata } of sent) t.match(metadata, { type: 3, help: /^How long the probes/ });
    }
    t.equal(named(requests[0], family)[0]?.histograms.length, native === 1 ? 1 : undefined);
    const bounds = named(requests[0], `${family}_bucket`).map(({ labels }) => labels['le']);
    if (buckets > 0) t.strictSame([bounds[0], bounds.at(-1)], ['0.005', '+Inf']);
    writeFileSync(join(folder, 'targets/t.yml'), '[]\n');
    const ended = (request: Taken | undefined, name: string) =>
      named(request, name).filter(({ samples }) => samples.some(({ value }) => Number.isNaN(value))).length;
    await pass(() => ended(requests.at(-1), 'probe_success') === 1, 'the target has gone');
    for (const [suffix, count] of counts) t.equal(ended(requests.at(-1), `${family}${suffix}`), count, `end ${suffix}`);
  });
}

t.test('results that waited over a restart have the metadata of all their series', async (t) => {
  const queue = mkdtempSync(join(tmpdir(), 'sonde-queue-'));
  t.teardown(() => rmSync(queue, { recursive: true }));
  const options = { queue, given: { protobuf_message: 'io.prometheus.write.v2.Request' } };
  const before = await startRemoteWriting(t, () => ({ status: 503 }), options);
  await before.pass(() => before.requests.length > 1, 'results wait');
  await before.app.stop(0);
  const after = await startRemoteWriting(t, (request) => writtenBy(request), options);
  await until(() => after.requests.length > 0, 'what waited is sent before the first probe');
  const { series } = readRemoteWrite2(after.requests[0]?.body ?? Buffer.alloc(0));
  const names = series.map(({ labels }) => labels['__name__']);
  t.ok(names.includes('probe_test_info') && names.includes('probe_success'), names.join());
  for (const { labels, metadata } of series) t.ok(metadata?.help, labels['__name__'] ?? '');
  t.notMatch(after.app.logLines.join(''), /missing|damaged/);
});
