// Compiles src, test and bench into dist, only when something is newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stampBuild } from './stamp-build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist/.built');
const sources = ['src', 'test', 'bench'];

/** Every TypeScript file and folder below the sources: a folder's own time moves when a file in it comes or goes. */
function* inputs() {
  yield join(root, 'tsconfig.json');
  yield join(root, 'package-lock.json');
  yield join(root, 'scripts/generate-validator.mjs');
  for (const name of readdirSync(join(root, 'schemas'))) yield join(root, 'schemas', name);
  for (const source of sources) {
    yield join(root, source);
    for (const entry of readdirSync(join(root, source), { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory() || entry.name.endsWith('.ts')) yield join(entry.parentPath ?? entry.path, entry.name);
    }
  }
}

/** Compiled files whose source is gone would go on being run as tests. */
function removeOrphans() {
  for (const source of sources) {
    const out = join(root, 'dist', source);
    if (!existsSync(out)) continue;
    for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.js(\.map)?$/.test(entry.name)) continue;
      const compiled = join(entry.parentPath ?? entry.path, entry.name);
      const origin = join(root, source, compiled.slice(out.length + 1).replace(/\.js(\.map)?$/, '.ts'));
      if (!existsSync(origin)) rmSync(compiled);
    }
  }
}

stampBuild(root, join(root, 'dist/build.json'));
const builtAt = existsSync(stampFile) ? statSync(stampFile).mtimeMs : 0;
const startedAt = new Date();
if ([...inputs()].some((file) => statSync(file).mtimeMs >= builtAt)) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', root], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) process.exit(result.status ?? 1);
  await import('./generate-validator.mjs');
  removeOrphans();
  writeFileSync(stampFile, startedAt.toISOString());
}
