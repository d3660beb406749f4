import { ConfigFileError } from './config-problem.js';
import { readConfigSet } from './config-set.js';
import type { ConfigSetOptions } from './config-set.js';

/** What is wrong with a file, one line a mistake; empty if it can be used. */
export interface CheckedFile {
  readonly file: string;
  readonly problems: readonly string[];
}

/** Checks the files, which paths lead to, as one configuration; no file at all is a problem of the paths. */
export async function checkConfigFiles(options: ConfigSetOptions): Promise<readonly CheckedFile[]> {
  try {
    const { files } = await readConfigSet(options);
    return files.map(({ file, error }) => ({ file, problems: error?.problems ?? [] }));
  } catch (error) {
    if (error instanceof ConfigFileError) return [{ file: options.paths.join(' '), problems: error.problems }];
    throw error;
  }
}
