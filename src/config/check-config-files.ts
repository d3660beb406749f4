import { ConfigFileError } from './config-problem.js';
import { emptyPathProblem, readConfigSet } from './config-set.js';
import type { ConfigSetOptions } from './config-set.js';

/** What is wrong with a file, one line a mistake; empty if it can be used. */
export interface CheckedFile {
  readonly file: string;
  readonly problems: readonly string[];
}

/** Checks the files, which paths lead to, as one configuration. That a path leads to no file is a mistake here, though the service would go on. */
export async function checkConfigFiles(options: ConfigSetOptions): Promise<readonly CheckedFile[]> {
  try {
    const { files, emptyPaths } = await readConfigSet(options);
    return [
      ...files.map(({ file, error, version }) => ({ file, problems: error?.problems ?? version?.loaded.faults ?? [] })),
      ...emptyPaths.map((path) => ({ file: path, problems: [emptyPathProblem(path)] })),
    ];
  } catch (error) {
    if (error instanceof ConfigFileError) return [{ file: options.paths.join(' '), problems: error.problems }];
    throw error;
  }
}
