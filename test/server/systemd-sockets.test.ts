import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { systemdSockets } from '../../src/server/systemd-sockets.js';
import { httpGet } from '../helpers/http-get.js';
import { REPOSITORY } from '../helpers/peer.js';
import { startApp } from '../helpers/start-app.js';

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
  // The descriptor of a listening server is in no interface of Node's types.
  const { fd } = (parent as unknown as { _handle: { fd: number } })._handle;
  // As by systemd, LISTEN_PID is the process's own, which only itself can know before it starts.
  const script = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"';
  const child = spawn(
    'sh',
    [
      ...['-c', script, process.execPath, join(REPOSITORY, 'bin/sonde'), '--web.systemd-socket'],
      ...[`--config.file=${dir}/blackbox.yml`, '--web.listen-address=256.0.0.1:1'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe', fd] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  let log = '';
  const isReady = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Sonde is ready')) resolve();
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
  t.match(log, 'Listening on systemd activated listeners instead of port listeners.');
  t.match(log, `msg="Listening on" address=127.0.0.1:${port}`);
});
