import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startRemoteWriting } from '../../../helpers/services/remote-writing.js';

/** A receiver that answers with these statuses, one after the other, and then with 204. */
const start = (t: Test, statuses: readonly number[]) =>
  startRemoteWriting(t, (_request, index) => {
    const status = statuses[index] ?? 204;
    return { status, ...(status === 429 && { headers: { 'Retry-After': '7' } }) };
  });

const STALE = Buffer.from('020000000000f07f', 'hex');

t.test('requests are those of remote write 1.0', async (t) => {
  const { requests, pass, metric } = await start(t, []);
  await pass(() => requests.length > 0, 'a request has come');
  const [first] = requests;
  t.match(first?.headers, {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
    authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
    'user-agent': /^Sonde\//,
  });
  const text = first?.body.toString('latin1') ?? '';
  for (const part of [
    'probe_success',
    'probe_attempts_total',
    'probe_duration_seconds_hist',
    'instance',
    'team',
    'web',
  ])
    t.ok(text.includes(part), part);
  t.match(text, /Displays whether or not the probe was a success/, 'metadata');
  await pass(() => metric(/^sonde_remote_write_requests_total\{outcome="taken"\} [1-9]/m), 'it is counted');
  await pass(() => metric(/^sonde_remote_write_queue_results 0$/m), 'nothing waits');
});

t.test('what fails is sent again, after the time that the receiver says; what is refused is dropped', async (t) => {
  const { requests, pass, metric, clock, app } = await start(t, [503, 429, 400]);
  await pass(() => requests.length >= 2, 'it was tried again');
  t.ok(
    requests[1]?.body.subarray(0, 40).equals(requests[0]?.body.subarray(0, 40) ?? Buffer.alloc(0)),
    'the same samples',
  );
  const since = clock.monotonicSeconds();
  await pass(() => requests.length >= 3, 'and again');
  t.ok(clock.monotonicSeconds() - since >= 7, `${clock.monotonicSeconds() - since} s`);
  await pass(() => requests.length >= 4, 'the next one goes on');
  await pass(() => metric(/^sonde_remote_write_samples_refused_total [1-9]/m), 'what was refused is counted');
  t.match(app.logLines.join(''), /Remote write is refused, results are dropped.*400 out of order/);
});

t.test('series that end are marked as stale', async (t) => {
  const { requests, pass, fail, folder } = await start(t, []);
  fail(true);
  await pass(() => requests.length >= 1, 'a failure was sent');
  t.notOk(requests[0]?.body.includes(STALE));
  fail(false);
  await pass(() => requests.some(({ body }) => body.includes(STALE)), 'probe_failure_info has gone');
  const count = requests.length;
  writeFileSync(join(folder, 'targets/t.yml'), '[]\n');
  await pass(
    () => requests.slice(count).some(({ body }) => body.indexOf(STALE) !== body.lastIndexOf(STALE)),
    'all have',
  );
});

t.test('requests have the headers of the command line, those of files as they are then', async (t) => {
  const file = join(t.testdirName, 'password');
  const { requests, pass } = await startRemoteWriting(t, () => ({ status: 204 }), {
    given: { http_headers: { 'X-Scope-Orgid': { values: ['team'] }, 'X-Key': { files: [file] } } },
  });
  await pass(() => requests.length > 0, 'a request has come');
  t.match(requests[0]?.headers, { 'x-scope-orgid': 'team', 'x-key': 'secret', 'content-encoding': 'snappy' });
  writeFileSync(file, 'second\n');
  await pass(() => requests.some(({ headers }) => headers['x-key'] === 'second'), 'the new value is sent');
});
