import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Answered, startRemoteWriting, type Taken } from '../../../helpers/services/remote-writing.js';

const taken = (): Answered => ({ status: 204 });
const keyOf = ({ headers }: Taken | undefined = { headers: {}, body: Buffer.alloc(0) }): unknown => headers['x-key'];

t.test('a file says where results go, and how; a reload takes all of it, or nothing', async (t) => {
  const text = (url: URL, key: string) => `url: ${url.href}\nname: central\nheaders: {X-Key: ${key}}\n`;
  const { app, requests, pass, metric, folder, url } = await startRemoteWriting(t, taken, {
    file: (to) => text(to, 'one'),
  });
  const path = join(folder, 'rw.yml');
  await pass(() => requests.length > 0, 'a request has come');
  t.equal(keyOf(requests[0]), 'one');
  t.notOk(requests[0]?.headers.authorization);
  t.equal(await app.reload(), undefined);
  t.notMatch(app.logLines.join(''), /Reloaded the file of remote write/, 'nothing has changed');

  writeFileSync(path, text(url, 'two'));
  t.equal(await app.reload(), undefined);
  t.match(app.logLines.join(''), /level=INFO.*Reloaded the file of remote write.*rw\.yml/);
  await pass(() => requests.some((request) => keyOf(request) === 'two'), 'the new header is sent');

  const broken: readonly (readonly [name: string, change: () => void, says: RegExp])[] = [
    [
      'a mistake',
      () => writeFileSync(path, `${text(url, 'three')}oauth: {}\n`),
      /rw\.yml:4:1: oauth: there is no such/,
    ],
    [
      'a proxy that is none',
      () => writeFileSync(path, `${text(url, 'three')}proxy_url: a:b\n`),
      /rw\.yml:4:12: proxy_/,
    ],
    [
      'a form that is not sent',
      () => writeFileSync(path, `${text(url, 'three')}send_native_histograms: false\n`),
      /rw\.yml:4:25: send_native_histograms: it contradicts --remote-write\.histograms=native/,
    ],
    ['no file', () => rmSync(path), /open .*rw\.yml: no such file/],
    ['a pipe', () => spawnSync('mkfifo', [path]), /open .*rw\.yml: .*not a regular file/],
  ];
  for (const [name, change, says] of broken) {
    change();
    t.match(await app.reload(), says, name);
    t.match(app.logLines.at(-1) ?? '', /level=ERROR.*Error reloading the file of remote write, going on with the last/);
    t.ok(await metric(/^sonde_remote_write_config_last_reload_successful 0$/m), name);
    const before = requests.length;
    await pass(() => requests.length > before, 'it goes on');
    t.equal(keyOf(requests.at(-1)), 'two', name);
  }
  rmSync(path);
  writeFileSync(path, text(url, 'two'));
  t.equal(await app.reload(), undefined);
  t.ok(await metric(/^sonde_remote_write_config_last_reload_successful 1$/m));
});

t.test('a new receiver is asked at once, whatever the one before said', async (t) => {
  const { app, requests, pass, folder, url, clock } = await startRemoteWriting(
    t,
    ({ headers }) =>
      keyOf({ headers, body: Buffer.alloc(0) }) === 'one'
        ? { status: 503, headers: { 'Retry-After': '600' } }
        : taken(),
    { file: (to) => `url: ${to.href}\nname: central\nheaders: {X-Key: one}\n` },
  );
  await pass(() => app.logLines.some((line) => line.includes('Remote write fails, results wait')), 'it has failed');
  t.match(app.logLines.join(''), /Remote write fails, results wait.*remote_name=central/);
  const since = clock.monotonicSeconds();
  writeFileSync(join(folder, 'rw.yml'), `url: ${url.href}\nheaders: {X-Key: two}\n`);
  t.equal(await app.reload(), undefined);
  await pass(() => requests.some((request) => keyOf(request) === 'two'), 'the new one is asked');
  t.ok(clock.monotonicSeconds() - since < 60, `${clock.monotonicSeconds() - since} s`);
});

t.test('a file that cannot be used is no start', async (t) => {
  const started = startRemoteWriting(t, taken, { file: () => 'url: ftp://x/\n' });
  await t.rejects(started, { message: /rw\.yml:1:1: url: this is no URL of the web/ });
});

t.test('a key that there is not: the file says which there are', async (t) => {
  const started = startRemoteWriting(t, taken, { file: () => 'modules: {}\n' });
  await t.rejects(started, { message: /rw\.yml:1:1: modules: there is no such key; possible are url, / });
});

t.test('a log line says that nothing will be sent', async (t) => {
  const idle = await startRemoteWriting(t, taken, { targets: '- {targets: [x], labels: {module: m}}\n' });
  t.match(idle.app.logLines.join(''), /level=WARN.*Remote write has nothing to send: no target of --targets\.file has/);
});

t.test('no log line says so where a target has a schedule', async (t) => {
  const { app } = await startRemoteWriting(t, taken);
  t.notMatch(app.logLines.join(''), /nothing to send/);
});
