import { existsSync } from 'node:fs';

/**
 * The package's root folder, as a URL with a slash at its end: schemas, addons and the build's stamp are below it. It
 * is the nearest folder above this code that has a package.json: the code runs from dist/src and from the bundle.
 */
export const PACKAGE_ROOT: URL = findRoot(new URL('.', import.meta.url));

function findRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const above = new URL('..', folder);
  // Without one, as in a copy of dist alone, the files below it are missing, which those who read them say.
  return above.href === folder.href ? folder : findRoot(above);
}
