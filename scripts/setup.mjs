// Makes a fresh clone runnable: installs what package-lock.json names if that has not been done yet, then builds what is stale.
// Used by `npm start` and `npm test`, so that each of them works alone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = `${root}node_modules/.sonde-installed`;
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .update(`${process.platform}-${process.arch}-${process.versions.modules}`)
  .digest('hex');

function run(command, args) {
  // stdout is kept for the service: whatever set-up prints goes to stderr.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`Cannot run "${command} ${args.join(' ')}"`, { cause: result.error });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== lock) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--include=dev']);
  writeFileSync(stampFile, lock);
}
run(process.execPath, [`${root}scripts/build.mjs`]);
run(process.execPath, [`${root}scripts/build-native.mjs`]);
