import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { REPOSITORY } from '../../helpers/peer.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';

/** npm in a folder of its own; what it prints comes with an error. */
function npm(args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stdout}${stderr}`);
}

t.setTimeout(500_000);

t.test('the packed file, installed into an empty prefix, runs every service', async (t) => {
  const folder = t.testdir({ empty: {}, prefix: {} });
  npm(['pack', '--pack-destination', folder], REPOSITORY);
  const [packed = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  t.match(packed, /^sonde-\d+\.\d+\.\d+\.tgz$/);
  npm(['install', '--global', '--prefix', join(folder, 'prefix'), join(folder, packed)], join(folder, 'empty'));
  const command = join(folder, 'prefix/bin/sonde');
  const installed = readdirSync(join(folder, 'prefix/lib/node_modules/sonde/node_modules'));
  t.ok(installed.includes('express'));
  t.notOk(installed.includes('tap') || installed.includes('typescript'), 'no development dependency came along');

  const version = spawnSync(command, ['--version'], { encoding: 'utf8' });
  t.match(version.stdout + version.stderr, /sonde, version \d/);
  writeFileSync(join(folder, 'blackbox.yml'), 'modules:\n  http_2xx: { prober: http }\n');
  const checked = spawnSync(command, ['check', 'blackbox.yml'], { cwd: folder, encoding: 'utf8' });
  t.equal(checked.status, 0, checked.stdout + checked.stderr);

  const rows = [
    { name: 'serve', args: [`--config.file=${folder}/blackbox.yml`], metric: /^blackbox_exporter_build_info/m },
    { name: 'pushgateway', args: [], metric: /^pushgateway_build_info/m },
    { name: 'node', args: [], metric: /^node_exporter_build_info/m },
    { name: 'redis', args: ['--redis.addr=127.0.0.1:1'], metric: /^redis_up 0$/m },
    { name: 'nginx', args: ['--nginx.scrape-uri=http://127.0.0.1:1/'], metric: /^nginx_up 0$/m },
    { name: 'postgres', args: ['--data-source.uri=127.0.0.1:1/x?sslmode=disable'], metric: /^pg_up 0$/m },
    { name: 'mysql', args: ['--mysqld.address=127.0.0.1:1', '--mysqld.username=x'], metric: /^mysql_up 0$/m },
  ];
  for (const { name, args, metric } of rows) {
    const service = await startChildService({
      command,
      args: [name, ...args, '--web.listen-address=127.0.0.1:0'],
      ready: /[Ll]istening on.*address="?(127\.0\.0\.1:\d+)/,
    });
    try {
      t.match((await httpGet(service.address, '/metrics')).text, metric, name);
      if (name !== 'serve') continue;
      const url = encodeURIComponent(`http://${service.address}/-/healthy`);
      t.match((await httpGet(service.address, `/probe?module=http_2xx&target=${url}`)).text, /^probe_success 1$/m);
    } finally {
      await service.stop();
    }
  }

  const home = join(folder, 'prefix/lib/node_modules/sonde');
  const { scripts } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<'prestart' | 'start', string>>;
  };
  const [, ...prestart] = scripts.prestart.split(' ');
  const prepared = spawnSync(process.execPath, prestart, { cwd: home, encoding: 'utf8' });
  t.equal(prepared.status, 0, `npm start sets up the package as it is: ${prepared.stderr}`);
  t.same(readdirSync(join(home, 'node_modules')), [...installed], 'and installs nothing more');

  const once = spawnSync(
    'npm',
    ['exec', '--yes', '--prefer-offline', `--package=${join(folder, packed)}`, '--', 'sonde', '--version'],
    {
      cwd: join(folder, 'empty'),
      encoding: 'utf8',
      timeout: 240_000,
    },
  );
  t.match(once.stdout + once.stderr, /sonde, version \d/, 'npx');
});
