import { spawn } from 'node:child_process';
import t from 'tap';
import { sondeCommand, startSonde } from '../helpers/peer.js';
import { httpGet } from '../helpers/services/http-get.js';
import { makeSelfSigned } from '../helpers/tls/certificates.js';
import { startTlsServer } from '../helpers/tls/tls-server.js';

t.setTimeout(300_000);

const CONFIG =
  'modules: {m: {prober: tcp, timeout: 10s, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}}\n';
const ROUNDS = 5;
/** How many more times a command is started until one of its first probes was quick enough. */
const MOST_ROUNDS = 40;
const FACTOR = 10;

/** Resolves to what the command writes to stdout. */
function outputOf({ command, args }: ReturnType<typeof sondeCommand>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', () => {
      resolve(output);
    });
  });
}

const secondsIn = (metrics: string): number => Number(/^probe_duration_seconds (\S+)$/m.exec(metrics)?.[1]);

/**
 * Resolves to the least of what several rounds give: a busy machine makes figures larger, never smaller. With `enough`
 * there are as many rounds as one needs to give less than that, up to forty.
 */
async function least(round: () => Promise<number>, enough?: number): Promise<number> {
  let best = Infinity;
  const rounds = enough === undefined ? ROUNDS : MOST_ROUNDS;
  for (let index = 0; index < rounds && best >= (enough ?? 0); index++) best = Math.min(best, await round());
  return best;
}

// Without loading and warming up beforehand the first probe over TLS takes some thirty times as long.
t.test('the first probe of a command takes as long as one of a service, within a factor of ten', async (t) => {
  const server = await startTlsServer(await makeSelfSigned());
  t.teardown(server.close);
  const config = `--config.file=${t.testdir({ 'blackbox.yml': CONFIG })}/blackbox.yml`;
  const target = `127.0.0.1:${server.port}`;
  const service = await startSonde([config]);
  t.teardown(() => service.stop());
  const path = `/probe?module=m&target=${target}`;
  for (let index = 0; index < 20; index++) await httpGet(service.address, path);
  const warm = await least(async () => secondsIn((await httpGet(service.address, path)).text));
  const first = await least(
    async () => secondsIn(await outputOf(sondeCommand(['probe', config, '--metrics', 'm', target]))),
    FACTOR * warm,
  );
  t.ok(warm > 0 && first > 0, 'both have succeeded');
  t.comment(`a first probe takes ${(first / warm).toFixed(1)} times as long`);
  t.ok(first / warm < FACTOR);
});
