import { join } from 'node:path';
import { namesInFolder } from '../files/regular-file.js';
import { FileProblem } from '../files/file-problem.js';
import { globMatcher, hasWildcard } from '../values/glob.js';

/** The paths that a shell's pattern means, sorted. A pattern that means none stands for itself, as in Go's programs that then say what is missing. */
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
    // What is no folder, or none that we may look into, has no names for us.
    if (error instanceof FileProblem) return [];
    throw error;
  }
  return names
    .filter(isMeant)
    .sort()
    .map((name) => join(folder, name));
}
