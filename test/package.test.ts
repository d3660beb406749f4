import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { COMMANDS } from '../src/cli/run-command.js';
import { REPOSITORY } from './helpers/peer.js';

/** What `npm pack` would put into the package, without building anything. */
function listPackedFiles(): readonly string[] {
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

t.setTimeout(300_000);

const PACKED = listPackedFiles();

function run(folder: string, args: readonly string[]) {
  return spawnSync(process.execPath, [join(folder, 'bin/sonde'), ...args], { cwd: folder, encoding: 'utf8' });
}

t.test('what npm packs is enough to run every command, and holds no tests', async (t) => {
  t.same(
    PACKED.filter((path) => /(^|\/)(test|bench)\/|\.ts$|^(?!dist\/bundle\/).*\.map$|_test\.c$|smoke/.test(path)),
    [],
    'nothing of the tests',
  );
  const app = join(t.testdir(), 'app');
  for (const path of PACKED) {
    const target = join(app, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(REPOSITORY, path), target);
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(app, 'node_modules'));
  for (const { name } of COMMANDS) {
    const { status, stderr } = run(app, [name, '--version']);
    t.equal(status, 0, `${name}: ${stderr}`);
  }
  // The addons as they are; whether they can be built here is another question.
  cpSync(join(REPOSITORY, 'dist/native'), join(app, 'dist/native'), { recursive: true });
  const setUp = spawnSync(process.execPath, [join(app, 'scripts/setup.mjs'), '--production'], { encoding: 'utf8' });
  t.equal(setUp.status, 0, `the set-up of \`npm start\` has nothing to compile: ${setUp.stderr}`);
  const { status, stdout, stderr } = run(app, ['check', 'blackbox.yml', 'modules']);
  t.equal(status, 0, stdout + stderr);
  const probe = run(app, ['probe', '--metrics', '--config.file=blackbox.yml', 'tcp_connect', '127.0.0.1:1']);
  t.equal(probe.status, 1, 'a probe runs, and fails');
  t.match(probe.stdout + probe.stderr, /^probe_success 0$/m);
});

t.test('package.json says what a registry wants to know, and gives away the schemas alone', async (t) => {
  const text = readFileSync(join(REPOSITORY, 'package.json'), 'utf8');
  // Ours.
  const manifest = JSON.parse(text) as Readonly<Record<string, unknown>> & {
    readonly exports: Readonly<Record<string, string>>;
    readonly scripts: Readonly<Record<string, string>>;
  };
  t.notOk('private' in manifest, 'it can be published');
  for (const field of ['description', 'keywords', 'license', 'engines', 'bin', 'files', 'publishConfig'])
    t.ok(manifest[field], field);
  t.match(readFileSync(join(REPOSITORY, 'LICENSE'), 'utf8'), /Apache License\s+Version 2\.0/);
  t.same(Object.keys(manifest.exports), ['./package.json', './schemas/*.json'], 'the code is no library');

  for (const [, path = ''] of Object.values(manifest.exports).entries())
    t.ok(
      PACKED.some((file) => new RegExp(`^\\./${path.slice(2).replace('*', '.*')}$`).test(`./${file}`)),
      path,
    );
  for (const hook of ['install', 'prestart']) {
    const [, script = ''] = /\bnode (\S+)/.exec(manifest.scripts[hook] ?? '') ?? [];
    t.ok(PACKED.includes(script), `${hook} runs ${script}, which is packed`);
  }
});

t.test('the set-up for production needs no compiler where all is built and installed', async (t) => {
  const root = t.testdir();
  const copy = (path: string): void => {
    cpSync(join(REPOSITORY, path), join(root, path), { recursive: true });
  };
  for (const path of ['scripts', 'schemas', 'src/native', 'tsconfig.json', 'package-lock.json']) copy(path);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  // Times of files are too coarse to tell apart what is written at once.
  const writeAt = (path: string, seconds: number): void => {
    write(path, '');
    utimesSync(join(root, path), seconds, seconds);
  };
  const builtAt = Date.now() / 1000 + 10;
  for (const path of [
    'dist/.built-production',
    'dist/native/icmp.node',
    'dist/native/timex.node',
    'dist/native/kernel.node',
    'dist/native/memory.node',
  ])
    writeAt(path, builtAt);
  const setUp = (...args: readonly string[]) =>
    // There is no npm in PATH: whoever looks for it fails.
    spawnSync(process.execPath, [join(root, 'scripts/setup.mjs'), ...args], { encoding: 'utf8', env: { PATH: root } });

  t.match(setUp('--production').stderr, /Cannot run "npm ci/, 'nothing is installed');
  write('node_modules/.package-lock.json', lock);
  t.equal(setUp('--production').status, 0);
  t.match(setUp().stderr, /Cannot run "npm ci/, 'tests need more');
  write('node_modules/.package-lock.json', lock.replace(/("node_modules\/express": \{\s*"version": ")/, '$10.'));
  t.match(setUp('--production').stderr, /Cannot run "npm ci/, 'another version is installed');
  write('node_modules/.package-lock.json', lock);
  writeAt('src/later.ts', builtAt + 1);
  t.match(setUp('--production').stderr, /Cannot run "npm ci/, 'something is to be compiled');
  t.notOk(existsSync(join(root, 'node_modules/.sonde-installed')));
});

t.test('production needs none of the development dependencies', async (t) => {
  // Ours, and npm's.
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const imported = new Set<string>();
  for (const path of PACKED.filter((each) => each.endsWith('.js') && each.startsWith('dist/bundle/'))) {
    const text = readFileSync(join(REPOSITORY, path), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /(?:(?:^|[;}])import\b[^'"]*|^export\b[^'"]*\bfrom |\bimport\(|\brequire\()['"`]((?:@[\w-]+\/)?[\w-]+)(?:\/[^'"`]*)?['"`]/gm,
    ))
      imported.add(name);
  }
  t.ok(imported.has('classic-level'), 'imports were found');
  const licenses = readFileSync(join(REPOSITORY, 'dist/bundle/LICENSES.txt'), 'utf8');
  for (const [, name = ''] of licenses.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(\S+\)$/gm)) imported.add(name);
  t.ok(imported.has('js-yaml'), 'what the bundle holds was found');
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
  for (const path of ['dist/bundle', 'schemas', 'package.json', 'blackbox.yml'])
    cpSync(join(REPOSITORY, path), join(folder, path), { recursive: true });
  t.equal(run(folder, ['check', 'blackbox.yml']).status, 0, 'the bundle has what most commands need');
  rmSync(join(folder, 'dist/bundle/main.code.js'));
  const incomplete = run(folder, ['--version']);
  t.equal(incomplete.status, 1);
  t.match(incomplete.stderr, /^sonde: it is not built completely \(ENOENT.*main\.code\.js'\): run `npm ci/);
});
