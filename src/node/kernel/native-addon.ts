import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../files/package-root.js';

/** The folder in which scripts/build-native.mjs puts the addons, or the reasons why it could not build them. */
const FOLDER = new URL('dist/native/', PACKAGE_ROOT);
const BUILD_SCRIPT = fileURLToPath(new URL('scripts/build-native.mjs', PACKAGE_ROOT));

/**
 * Returns the functions of an addon of src/native, or the reason why they are missing: without a compiler at
 * installation there is no addon, and everything else works. The caller states the types of the functions, whose source
 * is in the same tree.
 */
export function loadAddon(
  name: string,
  folder: URL = FOLDER,
): { readonly addon: unknown } | { readonly missing: string } {
  try {
    return { addon: createRequire(import.meta.url)(fileURLToPath(new URL(`${name}.node`, folder))) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isAbsent = 'code' in error && error.code === 'MODULE_NOT_FOUND';
    return { missing: isAbsent ? whyNotBuilt(name, folder) : error.message };
  }
}

function whyNotBuilt(name: string, folder: URL): string {
  try {
    return readFileSync(new URL(`${name}.missing`, folder), 'utf8').trim();
  } catch {
    return `it was not built: run \`node ${BUILD_SCRIPT}\``;
  }
}
