import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { until } from '../helpers/until.js';

const bin = fileURLToPath(new URL('../../../bin/sonde', import.meta.url));
const READY = /"Sonde is ready" addresses=(\S+)/;

t.test('the command line reaches the service', async (t) => {
  const version = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' });
  t.equal(version.status, 0);
  t.match(version.stdout, /^sonde, version \d+\.\d+\.\d+ /);
  const wrong = spawnSync(process.execPath, [bin, '--nope'], { encoding: 'utf8' });
  t.equal(wrong.status, 1);
  t.equal(wrong.stderr, "sonde: error: unknown long flag '--nope', try --help\n");
});

t.test('texts beyond ASCII are the same in the bundle as in the sources', async (t) => {
  const dir = t.testdir({ 'b.yml': 'modules:\n  m:\n    prober: http\n    timeout: 500µs\n' });
  const check = spawnSync(process.execPath, [bin, 'check', 'b.yml'], { encoding: 'utf8', cwd: dir });
  t.equal(check.stdout + check.stderr, 'b.yml: ok\n', 'in a regular expression');
  const service = await startChildService({
    command: process.execPath,
    args: [bin, `--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0'],
    ready: READY,
  });
  const { text } = await httpGet(service.address, '/reasons');
  t.match(text, '<code>probe_failure_info{reason="…"}</code>', 'in a template with a tag');
  await service.stop();
});

t.test('in a folder without a configuration', async (t) => {
  const cwd = t.testdir();
  const serve = spawnSync(process.execPath, [bin], { encoding: 'utf8', cwd });
  t.equal(serve.status, 1);
  t.match(
    serve.stderr,
    /open blackbox\.yml: no such file or directory" hint="name your configuration with --config\.file=FILE"\n$/,
  );
});

t.test('probe has modules of its own where there is no blackbox.yml', async (t) => {
  const cwd = t.testdir();
  const probe = spawnSync(process.execPath, [bin, 'probe', 'unix:///nowhere'], { encoding: 'utf8', cwd });
  t.match(probe.stdout, /^FAILED after .*\n {2}\/nowhere with module unix_connect\n/);
  t.equal(probe.status, 1);
  t.equal(probe.stderr, '');
});

t.test('serves, logs to stderr, and ends with 0 on SIGTERM', async (t) => {
  const dir = t.testdir({ 'b.yml': 'modules:\n  m:\n    prober: tcp\n' });
  const service = await startChildService({
    command: process.execPath,
    args: [bin, `--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0'],
    ready: READY,
  });
  t.equal((await httpGet(service.address, '/-/healthy')).text, 'Healthy');
  const { text } = await httpGet(service.address, '/metrics');
  t.match(text, /^process_resident_memory_bytes \d/m);
  t.equal(await service.stop(), 0);
  t.match(service.output(), 'Received SIGTERM, exiting gracefully...');
});

t.test('a service that is told to stop while it warms up ends with 0, too', async (t) => {
  const dir = t.testdir({ 'b.yml': 'modules:\n  m:\n    prober: http\n' });
  for (const delayMs of [0, 20, 40, 80, 120]) {
    const service = await startChildService({
      command: process.execPath,
      args: [bin, `--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0'],
      ready: READY,
    });
    await sleep(delayMs);
    t.equal(await service.stop(), 0, `${delayMs} ms after it was ready`);
  }
});

t.test('SIGHUP ends no service while it starts or stops, even one that has nothing to read again', async (t) => {
  const dir = t.testdir({
    'b.yml': 'modules:\n  m:\n    prober: tcp\n',
    // The service sends itself the signal: as soon as it can, before it starts, and again and again once it is to stop.
    'hang-up.cjs': `
      const hangUp = () => process.kill(process.pid, 'SIGHUP');
      process.once('SIGTERM', () => setInterval(hangUp, 1));
      process.on('newListener', (name) => {
        if (name === 'SIGHUP') queueMicrotask(hangUp);
        if (name === 'SIGTERM') hangUp();
      });
    `,
  });
  const hangUp = ['--require', `${dir}/hang-up.cjs`];
  const listen = '--web.listen-address=127.0.0.1:0';
  const rows = [
    { name: 'serve', args: [listen, `--config.file=${dir}/b.yml`], ready: READY, reloads: true },
    { name: 'node', args: [listen], ready: /"Node metrics are ready" addresses=(\S+)/, reloads: false },
  ];
  for (const { name, args, ready, reloads } of rows) {
    const service = await startChildService({
      // The test runner would have the process load hooks of its own, which listen to signals before Sonde can.
      command: 'sh',
      args: ['-c', 'unset NODE_OPTIONS; exec "$0" "$@"', process.execPath, ...hangUp, bin, name, ...args],
      ready,
    });
    if (reloads) await until(() => service.output().includes('Reloaded config file'), 'the signal is not lost');
    t.equal(await service.stop(), 0, name);
  }
  const probe = spawn(process.execPath, [bin, 'probe', '--watch=10s', 'unix:///nowhere'], { stdio: 'pipe' });
  await once(probe.stdout, 'data');
  probe.kill('SIGHUP');
  t.same(await once(probe, 'exit'), [null, 'SIGHUP'], 'other commands end with their terminal');
});

t.test('a log whose reader has gone does not stop the service', async (t) => {
  const dir = t.testdir({ 'b.yml': 'modules:\n  m:\n    prober: tcp\n' });
  const args = [bin, `--config.file=${dir}/b.yml`, '--web.listen-address=127.0.0.1:0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let log = '';
  for await (const chunk of child.stderr) {
    log += String(chunk);
    if (READY.test(log)) break;
  }
  // Leaving the loop has closed our end of the pipe.
  const address = READY.exec(log)?.[1] ?? '';
  for (let count = 0; count < 5; count++) {
    t.equal((await httpGet(address, '/-/reload', { method: 'POST' })).status, 200);
  }
  await until(
    async () => /^sonde_log_lines_dropped_total [1-9]/m.test((await httpGet(address, '/metrics')).text),
    'lines are dropped, and counted',
  );
});

t.test('few open files are enough to start, as upstream starts with 64', async (t) => {
  const dir = t.testdir({ 'b.yml': 'modules:\n  m:\n    prober: tcp\n' });
  const limited = (limit: number, ...args: readonly string[]) => [
    '-c',
    // The test runner would have the process load hooks of its own, which open many files.
    `unset NODE_OPTIONS; ulimit -n ${limit} && exec "$0" "$@"`,
    process.execPath,
    bin,
    ...args,
  ];
  const flags = [
    `--config.file=${dir}/b.yml`,
    '--node.listen-address=127.0.0.1:0',
    '--pushgateway.listen-address=127.0.0.1:0',
  ];
  const service = await startChildService({
    command: '/bin/sh',
    args: limited(64, 'all', '--web.listen-address=127.0.0.1:0', ...flags),
    // The last that starts.
    ready: /"Node metrics are ready" addresses=(\S+)/,
  });
  t.equal((await httpGet(service.address, '/metrics')).status, 200);
  t.equal(await service.stop(), 0);
  // With hardly more than Node itself needs it says so, or works.
  const { status, stdout, stderr } = spawnSync('/bin/sh', limited(22, '--version'), { encoding: 'utf8' });
  if (status === 0) t.match(stdout, /^sonde, version /);
  else
    t.match(
      stderr,
      /^sonde: error: too many open files \(.*\): raise the limit, with `ulimit -n 1024` or LimitNOFILE= .*\n$/,
    );
});
