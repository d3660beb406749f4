// What the build is made from, and whether dist is newer than all of it.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The folders of TypeScript, each a project of its own with a tsconfig.json; production is compiled from the first
 * alone.
 */
export const PROJECTS = {
  production: { folders: ['src'], targets: ['.'], stamp: join(root, 'dist/.built-production') },
  all: { folders: ['src', 'test', 'bench'], targets: ['test', 'bench'], stamp: join(root, 'dist/.built') },
};

/** Every TypeScript file and folder below the sources: a folder's own time moves when a file in it comes or goes. */
function* inputsOf({ folders }) {
  yield join(root, 'package-lock.json');
  yield join(root, 'scripts/generate-validator.mjs');
  yield join(root, 'scripts/bundle.mjs');
  yield join(root, 'tsconfig.json');
  for (const name of readdirSync(join(root, 'schemas'))) yield join(root, 'schemas', name);
  for (const folder of folders) {
    yield join(root, folder);
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const isInput = entry.isDirectory() || entry.name.endsWith('.ts') || entry.name === 'tsconfig.json';
      if (isInput) yield join(entry.parentPath ?? entry.path, entry.name);
    }
  }
}

/** True if nothing that this part of the project is made from is newer than its last build. */
export function isFresh(part) {
  if (!existsSync(part.stamp)) return false;
  const builtAt = statSync(part.stamp).mtimeMs;
  return [...inputsOf(part)].every((file) => statSync(file).mtimeMs < builtAt);
}
