import { execFileSync } from 'node:child_process';
import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { mountHung, withoutHungMounts } from '../helpers/node/hung-mount.js';
import { type ChildService, startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { sharedIdentities } from '../helpers/tls/certificates.js';
import { startTlsServer } from '../helpers/tls/tls-server.js';

const BIN = fileURLToPath(new URL('../../../bin/sonde', import.meta.url));
const READY = /msg="Sonde is ready" addresses=(\S+)/;

const fifoAt = (path: string): void => {
  execFileSync('mkfifo', [path]);
};

async function startSonde(t: Test, args: readonly string[]): Promise<ChildService> {
  const service = await startChildService({
    command: process.execPath,
    args: [BIN, ...args, '--web.listen-address=127.0.0.1:0'],
    ready: READY,
  });
  t.teardown(() => service.stop('SIGKILL'));
  return service;
}

const post = (address: string, path: string): Promise<Response> =>
  fetch(`http://${address}${path}`, { method: 'POST' });

t.test('a named pipe in the place of the configuration is refused, and its return is seen', async (t) => {
  const folder = t.testdir({ 'b.yml': 'modules: {m: {prober: tcp}}\n' });
  const path = join(folder, 'b.yml');
  const service = await startSonde(t, [`--config.file=${path}`]);
  renameSync(path, join(folder, 'kept'));
  fifoAt(path);
  const refused = await post(service.address, '/-/reload');
  t.equal(refused.status, 500);
  t.match(await refused.text(), 'not a regular file, but a named pipe');
  unlinkSync(path);
  renameSync(join(folder, 'kept'), path);
  t.equal((await post(service.address, '/-/reload')).status, 200);
  t.equal(await service.stop(), 0);
});

t.test('a named pipe in the place of a file that a probe needs fails that probe', async (t) => {
  const server = await startTlsServer((await sharedIdentities()).localhost);
  t.teardown(server.close);
  const folder = t.testdir();
  const pipe = join(folder, 'pipe');
  fifoAt(pipe);
  const http = (options: string): string => `{prober: http, http: {${options}}}`;
  const modules = {
    password: http(`basic_auth: {username: u, password_file: ${pipe}}`),
    token: http(`bearer_token_file: ${pipe}`),
    header: http(`http_headers: {X: {files: [${pipe}]}}`),
    body: http(`method: POST, body_file: ${pipe}`),
    ca: http(`tls_config: {ca_file: ${pipe}}`),
    cert: http(`tls_config: {cert_file: ${pipe}, key_file: ${pipe}}`),
    tcp_ca: `{prober: tcp, tcp: {tls: true, tls_config: {ca_file: ${pipe}}}}`,
  };
  const text = Object.entries(modules).map(([name, module]) => `  ${name}: ${module}\n`);
  writeFileSync(join(folder, 'b.yml'), `modules:\n${text.join('')}`);
  const service = await startSonde(t, [`--config.file=${folder}/b.yml`]);
  for (const module of Object.keys(modules)) {
    const target = `${module.startsWith('tcp') ? '' : 'https://'}127.0.0.1:${server.port}`;
    const answer = await httpGet(service.address, `/probe?module=${module}&debug=true&target=${target}`);
    t.match(answer.text, 'not a regular file, but a named pipe', module);
    t.match(answer.text, 'probe_success 0', module);
  }
  t.equal(await service.stop(), 0);
});

t.test('a named pipe in the place of the web config file: requests are refused, not held', async (t) => {
  const folder = t.testdir({ 'b.yml': 'modules: {m: {prober: tcp}}\n', 'web.yml': '' });
  const path = join(folder, 'web.yml');
  const service = await startSonde(t, [`--config.file=${folder}/b.yml`, `--web.config.file=${path}`]);
  unlinkSync(path);
  fifoAt(path);
  for (;;) {
    const { status } = await httpGet(service.address, '/-/healthy');
    if (status === 500) break;
  }
  // The answer may be here before the log line is.
  while (!service.output().includes('named pipe')) await new Promise((resolve) => setImmediate(resolve));
  t.pass('the log says why');
  t.equal(await service.stop(), 0);
});

t.test('a mount that hangs', { skip: withoutHungMounts }, async (t) => {
  const folder = t.testdir({ mnt: {}, 'b.yml': 'modules: {m: {prober: tcp}}\n' });
  const hung = await mountHung(join(folder, 'mnt'));
  if (hung === undefined) {
    t.comment('the kernel does not let us mount');
    return;
  }
  t.teardown(hung.release);
  const path = join(folder, 'b.yml');
  const service = await startSonde(t, [`--config.file=${path}`]);
  unlinkSync(path);
  symlinkSync(join(hung.path, 'b.yml'), path);
  const first = await post(service.address, '/-/reload');
  t.match(await first.text(), 'no answer from the file system');
  const second = await post(service.address, '/-/reload');
  t.match(await second.text(), 'still has no answer');
  t.equal((await httpGet(service.address, '/-/healthy')).text, 'Healthy');
  // Node's exit waits for the thread that hangs, so the process ends by the signal.
  t.equal(await service.stop(), null);
  t.match(service.output(), 'Received SIGTERM, exiting gracefully...');
});
