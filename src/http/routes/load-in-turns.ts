import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';

/** Loads a package that a later import needs. */
export interface Loading {
  /** The file or URL from which the name is looked up. */
  readonly from: string;
  /** Files of the package itself that are loaded one by one before it, such as `lib/response`, in that order. */
  readonly parts?: readonly string[];
}

/**
 * Loads what a CommonJS package depends on, each package in a turn of its own, so that the import that follows finds it
 * all loaded. In one go the hundred files of a large package hold the event loop for a tenth of a second. What cannot
 * be loaded by itself, such as a package without a main file, is left to the package that needs it.
 */
export async function loadInTurns(name: string, { from, parts = [] }: Loading): Promise<void> {
  await load(name, { from, parts }, new Set());
}

async function load(name: string, { from, parts = [] }: Loading, seen: Set<string>): Promise<void> {
  const require = createRequire(from);
  const manifest = orUndefined(() => require.resolve(`${name}/package.json`));
  if (manifest === undefined || seen.has(manifest)) return;
  seen.add(manifest);
  const { dependencies = {} } = require(manifest) as Manifest;
  for (const dependency of Object.keys(dependencies)) await load(dependency, { from: manifest }, seen);
  for (const each of [...parts.map((part) => `${name}/${part}`), name]) {
    await setImmediate();
    orUndefined(() => require(each) as unknown);
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Errors are ignored here: the import that needs the module reports them. */
function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
