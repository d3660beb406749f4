import type { CheckedFile } from '../../../config/check-config-files.js';
import { findConfigFiles } from '../../../config/config-files.js';
import { asFileProblem } from '../../../files/file-problem.js';
import { readTextFile } from '../../../files/file-text.js';
import { readTargets } from './read-targets.js';
import { isTargetsName } from './target-paths.js';

/** A targets file that is longer is refused by its reader, with the limit. */
const LARGEST_BYTES = 32 * 1024 * 1024;

/** Reads the targets files that files, folders and patterns lead to, and says what is wrong with each. */
export async function checkTargetFiles(paths: readonly string[]): Promise<readonly CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (const path of paths) {
    const { files } = await findConfigFiles(path, isTargetsName);
    for (const file of files) checked.push({ file, problems: await problemsOf(file), warnings: [] });
    if (files.length === 0) checked.push({ file: path, problems: [`${path}: no targets file is there`], warnings: [] });
  }
  return checked;
}

async function problemsOf(file: string): Promise<readonly string[]> {
  try {
    const read = await readTargets(await readTextFile(file, LARGEST_BYTES), file);
    return read.kind === 'unusable' ? read.problems : [];
  } catch (error) {
    return [asFileProblem(file, error).message];
  }
}
