import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';

/**
 * Loads what a CommonJS package depends on, each package in a turn of its own, so that the import that follows finds it
 * all loaded. In one go the hundred files of a large package hold the event loop for a tenth of a second. What cannot
 * be loaded by itself, such as a package without a main file, is left to the package that needs it. `from` is the file
 * or URL from which the name is looked up.
 */
export async function loadInTurns(name: string, from: string): Promise<void> {
  await load(name, from, new Set());
}

async function load(name: string, from: string, seen: Set<string>): Promise<void> {
  const require = createRequire(from);
  const manifest = orUndefined(() => require.resolve(`${name}/package.json`));
  if (manifest === undefined || seen.has(manifest)) return;
  seen.add(manifest);
  const { dependencies = {} } = require(manifest) as Manifest;
  for (const dependency of Object.keys(dependencies)) await load(dependency, manifest, seen);
  await setImmediate();
  orUndefined(() => require(name) as unknown);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Whatever is wrong will be told by the import that needs it. */
function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
