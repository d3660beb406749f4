import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { until } from '../helpers/until.js';

t.test('SIGTERM to npm alone ends what npm start has started', async (t) => {
  const addresses = ['', 'pushgateway.', 'node.'].map((of) =>
    of === '' ? '--web.listen-address=127.0.0.1:0' : `--${of}listen-address=127.0.0.1:0`,
  );
  const npm = spawn('npm', ['start', '--ignore-scripts', '--silent', '--', ...addresses], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  npm.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
  // Whoever was started has the pipe open as long as it lives.
  const ended = once(npm, 'close');
  await until(
    () => log.includes('"Sonde is ready"'),
    () => `it is ready: ${log}`,
  );
  npm.kill('SIGTERM');
  await ended;
  t.match(log, /Received SIGTERM/);
});
