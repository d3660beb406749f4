// Compiles src, test and bench into dist, or with --production src alone; only when something is newer than the last
// build. Each of the three is a project of TypeScript (tsconfig.json in its folder, that of src in the root), so that a
// change of a test compiles no production code.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFresh, PROJECTS, root } from './build-inputs.mjs';
import { stampBuild } from './stamp-build.mjs';

const COMPILED = /(?:\.js|\.js\.map|\.d\.ts)$/;

/** Compiled files whose source is gone would go on being run as tests. */
function removeOrphans(folder) {
  const out = join(root, 'dist', folder);
  if (!existsSync(out)) return;
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPILED.test(entry.name)) continue;
    const compiled = join(entry.parentPath ?? entry.path, entry.name);
    const origin = join(root, folder, compiled.slice(out.length + 1).replace(COMPILED, '.ts'));
    if (!existsSync(origin)) rmSync(compiled);
  }
}

function compile({ targets }) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '--build', ...targets], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** What changes while the compiler runs is newer than the build. */
function markBuilt(part, startedAt) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(part.stamp, '');
  utimesSync(part.stamp, startedAt, startedAt);
}

stampBuild(root, join(root, 'dist/build.json'));
const isProduction = process.argv.includes('--production');
const part = isProduction ? PROJECTS.production : PROJECTS.all;
if (!isFresh(part)) {
  const startedAt = new Date();
  compile(part);
  await import('./generate-validator.mjs');
  for (const folder of part.folders) removeOrphans(folder);
  const { bundle } = await import('./bundle.mjs');
  await bundle(root);
  markBuilt(PROJECTS.production, startedAt);
  if (!isProduction) markBuilt(PROJECTS.all, startedAt);
}
