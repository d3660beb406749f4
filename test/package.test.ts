import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { COMMANDS } from '../src/cli/run-command.js';
import { REPOSITORY } from './helpers/peer.js';

/** What `npm pack` would put into the package, without building anything. */
function packedFiles(): readonly string[] {
  const { stdout, stderr, status } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Cannot ask npm what it would pack: ${stderr}`);
  // npm's own form; a change of it fails the test.
  const report = JSON.parse(stdout) as
    readonly { files: readonly { path: string }[] }[] | Record<string, { files: readonly { path: string }[] }>;
  const [entry] = Object.values(report);
  return (entry?.files ?? []).map(({ path }) => path);
}

function run(folder: string, args: readonly string[]) {
  return spawnSync(process.execPath, [join(folder, 'bin/sonde'), ...args], { cwd: folder, encoding: 'utf8' });
}

t.test('what npm packs is enough to run every command, and holds no tests', async (t) => {
  const files = packedFiles();
  t.same(
    files.filter((path) => /(^|\/)(test|bench)\/|\.ts$|\.map$|_test\.c$|smoke/.test(path)),
    [],
    'nothing of the tests',
  );
  const app = join(t.testdir(), 'app');
  for (const path of files) {
    const target = join(app, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(REPOSITORY, path), target);
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(app, 'node_modules'));
  for (const { name } of COMMANDS) {
    const { status, stderr } = run(app, [name, '--version']);
    t.equal(status, 0, `${name}: ${stderr}`);
  }
  const { status, stdout, stderr } = run(app, ['check', 'blackbox.yml', 'modules']);
  t.equal(status, 0, stdout + stderr);
  const probe = run(app, ['probe', '--config.file=blackbox.yml', 'tcp_connect', '127.0.0.1:1']);
  t.equal(probe.status, 1, 'a probe runs, and fails');
  t.match(probe.stdout + probe.stderr, /^probe_success 0$/m);
});

t.test('production needs none of the development dependencies', async (t) => {
  // Ours, and npm's.
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const imported = new Set<string>();
  for (const path of packedFiles().filter((each) => each.endsWith('.js') && each.startsWith('dist/src/'))) {
    const text = readFileSync(join(REPOSITORY, path), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /(?:^import\b[^'"]*|^export\b[^'"]*\bfrom |\bimport\(|\brequire\()['"]((?:@[\w-]+\/)?[\w-]+)(?:\/[^'"]*)?['"]/gm,
    ))
      imported.add(name);
  }
  t.ok(imported.has('express'), 'imports were found');
  t.same(
    [...imported].filter((name) => Object.hasOwn(devDependencies, name) && !Object.hasOwn(dependencies, name)),
    [],
  );
});

t.test('a clone that is not built or not installed says what to run', async (t) => {
  const folder = t.testdir();
  cpSync(join(REPOSITORY, 'bin'), join(folder, 'bin'), { recursive: true });
  const unbuilt = run(folder, ['--version']);
  t.equal(unbuilt.status, 1);
  t.match(unbuilt.stderr, /^sonde: it is not built yet: run `npm ci && npm run build` in .*\n$/);
  cpSync(join(REPOSITORY, 'dist/src'), join(folder, 'dist/src'), { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
  const uninstalled = run(folder, ['check', 'x.yml']);
  t.equal(uninstalled.status, 1);
  t.match(
    uninstalled.stderr,
    /^sonde: it is not installed completely \(Cannot find (package|module) .*\): run `npm ci/,
  );
});
