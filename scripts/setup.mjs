// Makes a fresh clone runnable: installs what package-lock.json names if that has not been done yet, then builds what
// is stale. Used by `npm start` and `npm test`, so that each of them works alone. With --production only what the
// service needs is looked at: where that is built and installed (a packed package, `npm ci --omit=dev` beside a build),
// nothing is installed, and the compiler is not needed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFresh, PROJECTS, root } from './build-inputs.mjs';

const stampFile = join(root, 'node_modules/.sonde-installed');
const isProduction = process.argv.includes('--production');
/** A packed package has no sources, and npm has installed it. */
const isCheckout = existsSync(join(root, 'tsconfig.json'));

function run(command, args) {
  // stdout is kept for the service: whatever set-up prints goes to stderr.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`Cannot run "${command} ${args.join(' ')}"`, { cause: result.error });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Identifies the packages of the lock file on this platform. */
function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}-${process.versions.modules}`)
    .digest('hex');
}

/**
 * True if each package that production needs is there, in the version of the lock file. npm keeps a list of what it
 * installed.
 */
function hasProductionPackages() {
  const list = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const { packages: installed } = JSON.parse(readFileSync(list, 'utf8'));
  const { packages: named } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(named).every(
    ([path, { version, dev, optional, devOptional }]) =>
      path === '' || dev || optional || devOptional || installed[path]?.version === version,
  );
}

function install() {
  if (isProduction && isFresh(PROJECTS.production) && hasProductionPackages()) return;
  const hash = lockHash();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--include=dev']);
  writeFileSync(stampFile, hash);
}

if (isCheckout) {
  install();
  run(process.execPath, [join(root, 'scripts/build.mjs'), ...(isProduction ? ['--production'] : [])]);
}
run(process.execPath, [join(root, 'scripts/build-native.mjs')]);
