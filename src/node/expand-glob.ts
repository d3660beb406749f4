import { join } from 'node:path';
import { FileProblem } from '../files/file-problem.js';
import { namesInFolder } from '../files/regular-file.js';
import { globMatcher, hasWildcard } from '../values/glob.js';

/**
 * Returns the paths that match a shell pattern, sorted. A pattern without matches is returned as it is, as in Go
 * programs, which then report what is missing.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  if (!hasWildcard(pattern)) return [pattern];
  let paths = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (!hasWildcard(part)) paths = paths.map((path) => join(path, part));
    else paths = (await Promise.all(paths.map((path) => matchesIn(path, part)))).flat();
  }
  return paths.length === 0 ? [pattern] : paths;
}

async function matchesIn(folder: string, pattern: string): Promise<readonly string[]> {
  const isMeant = globMatcher(pattern);
  let names: readonly string[];
  try {
    names = await namesInFolder(folder === '' ? '.' : folder);
  } catch (error) {
    // A path that is not a readable folder has no names.
    if (error instanceof FileProblem) return [];
    throw error;
  }
  return names
    .filter(isMeant)
    .sort()
    .map((name) => join(folder, name));
}
