import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemdSockets } from '../../../src/http/listeners/systemd-sockets.js';
import { REPOSITORY } from '../../helpers/peer.js';
import { socketFolder } from '../../helpers/servers/socket-folder.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startApp } from '../../helpers/services/start-app.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';

/** Starts the service as systemd does, on the socket of `parent`. */
function startOn(t: Test, parent: net.Server, flags: readonly string[]) {
  // The descriptor of a listening server is in no interface of Node's types.
  const { fd } = (parent as unknown as { _handle: { fd: number } })._handle;
  // LISTEN_PID is, as with systemd, the process's own, which only itself can know before it starts.
  const script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"';
  const sonde = [process.execPath, join(REPOSITORY, 'bin/sonde'), '--web.systemd-socket'];
  const child = spawn('sh', ['-c', script, ...sonde, ...flags], { stdio: ['ignore', 'ignore', 'pipe', fd] });
  t.teardown(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return { child, log: () => log };
}

t.test('what systemd says in the environment', async (t) => {
  t.same(systemdSockets({ LISTEN_FDS: '2', LISTEN_PID: '77' }, 77), [3, 4]);
  const rows: readonly (readonly [env: Readonly<Record<string, string>>, message: RegExp])[] = [
    [{}, /^no socket activation file descriptors found: LISTEN_FDS and LISTEN_PID are not set; start the service/],
    [{ LISTEN_FDS: '1' }, /LISTEN_FDS and LISTEN_PID are not set/],
    [{ LISTEN_FDS: '1', LISTEN_PID: '5' }, /found: they are for process 5 \(LISTEN_PID\), and this is 77$/],
    [{ LISTEN_FDS: '0', LISTEN_PID: '77' }, /found: LISTEN_FDS is "0"$/],
    [{ LISTEN_FDS: 'all', LISTEN_PID: '77' }, /found: LISTEN_FDS is "all"$/],
    [{ LISTEN_FDS: '1e9', LISTEN_PID: '77' }, /found: LISTEN_FDS is "1e9"$/],
  ];
  for (const [env, message] of rows) t.throws(() => systemdSockets(env, 77), { message }, JSON.stringify(env));
});

t.test('without sockets the service does not start', async (t) => {
  await t.rejects(startApp({ web: { systemdSocket: true } }), {
    message: /^no socket activation file descriptors found/,
  });
});

t.test('the service answers on the socket that its parent has made', async (t) => {
  const dir = t.testdir({ 'blackbox.yml': 'modules: {}\n' });
  const parent = net.createServer().listen(0, '127.0.0.1');
  await once(parent, 'listening');
  const { port } = parent.address() as net.AddressInfo;
  const flags = [`--config.file=${dir}/blackbox.yml`, '--web.listen-address=256.0.0.1:1'];
  const { child, log } = startOn(t, parent, flags);
  const isReady = new Promise<void>((resolve) => {
    child.stderr?.on('data', () => {
      if (log().includes('Sonde is ready')) resolve();
    });
  });
  await isReady;
  // Unlike systemd it would accept connections itself as long as it has the socket.
  parent.close();
  const answer = await httpGet(`127.0.0.1:${port}`, '/-/healthy');
  t.equal(answer.text, 'Healthy');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  t.same(await ended, [0, null]);
  t.match(log(), 'Listening on systemd activated listeners instead of port listeners.');
  t.match(log(), `msg="Listening on" address=127.0.0.1:${port}`);
});

t.test('TLS on a unix socket is refused: the clients of such a one cannot be told apart', async (t) => {
  const { localhost } = await sharedIdentities();
  const folder = socketFolder(t);
  const files = {
    'blackbox.yml': 'modules: {}\n',
    'web.yml': 'tls_server_config: { cert_file: c.pem, key_file: k.pem }\n',
    'c.pem': localhost.cert,
    'k.pem': localhost.key,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const parent = net.createServer().listen(join(folder, 'socket'));
  await once(parent, 'listening');
  t.teardown(() => parent.close());
  const flags = [`--config.file=${folder}/blackbox.yml`, `--web.config.file=${folder}/web.yml`];
  const { child, log } = startOn(t, parent, flags);
  t.same(await once(child, 'close'), [1, null]);
  t.match(log(), 'cannot serve TLS on a unix socket: use a TCP socket, or no tls_server_config');
});
