import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

t.setTimeout(300_000);

const SONDE = fileURLToPath(new URL('../../../../bin/sonde', import.meta.url));

const ROWS: readonly { readonly name: string; readonly flags: readonly string[] }[] = [
  { name: 'one process', flags: [] },
  { name: 'with workers', flags: ['--workers=2'] },
];

for (const { name, flags } of ROWS) {
  t.test(`a storm of SIGHUP under load: each probe is answered, the last file is in force: ${name}`, async (t) => {
    const file = path.join(t.testdir({ 'b.yml': 'modules: {port: {prober: tcp}}\n' }), 'b.yml');
    const service = await startChildService({
      command: process.execPath,
      args: [SONDE, `--config.file=${file}`, '--web.listen-address=127.0.0.1:0', ...flags],
      ready: /Sonde is ready" addresses=(\S+)/,
      startSeconds: 60,
    });
    t.teardown(() => service.stop('SIGKILL'));
    // Never half a file, in which the module that is asked for would be missing.
    const write = (round: number): void => {
      writeFileSync(`${file}.new`, `modules: {port: {prober: tcp}, new${round}: {prober: tcp}}\n`);
      renameSync(`${file}.new`, file);
    };
    const probe = (module: string): Promise<number> =>
      httpGet(service.address, `/probe?module=${module}&target=${service.address}`).then(({ status }) => status);
    const answers: Promise<number>[] = [];
    for (let round = 0; round < 200; round++) {
      write(round);
      process.kill(service.pid, 'SIGHUP');
      if (round % 4 === 0) answers.push(probe('port'));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    t.same(new Set(await Promise.all(answers)), new Set([200]));
    await until(async () => (await probe('new199')) === 200, 'the last file is in force');
    t.match((await httpGet(service.address, '/metrics')).text, /^sonde_internal_errors_total 0$/m);
    // Reloads are still to come when it is told to stop.
    for (let round = 200; round < 250; round++) {
      write(round);
      process.kill(service.pid, 'SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    t.equal(await service.stop(), 0, service.output().slice(-2000));
  });
}
