import { existsSync } from 'node:fs';

/**
 * The package's root folder, as a URL with a slash at its end: schemas, addons and the build's stamp are below it. It
 * is the nearest folder above this code that has the command: the code runs from dist/src and from the bundle.
 */
export const PACKAGE_ROOT: URL = findRoot(new URL('.', import.meta.url));

function findRoot(folder: URL): URL {
  if (existsSync(new URL('bin/sonde', folder))) return folder;
  const above = new URL('..', folder);
  // Without a package.json, as in a copy of dist alone, the files below it are missing, and their readers say so.
  return above.href === folder.href ? folder : findRoot(above);
}
