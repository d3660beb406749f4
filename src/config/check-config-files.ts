import { ConfigFileError } from './config-problem.js';
import { type ConfigSetOptions, emptyPathProblem, readConfigSet } from './config-set.js';
import type { ConfigFile } from './resolve-name-clashes.js';

/** The mistakes in a file, one line each. Without any, the file can be used. */
export interface CheckedFile {
  readonly file: string;
  readonly problems: readonly string[];
  /** Warnings about things that work but are probably not intended, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Checks the files that the paths lead to, as one configuration. A path that leads to no file is a mistake here,
 * although the service would only warn.
 */
export async function checkConfigFiles(options: ConfigSetOptions): Promise<readonly CheckedFile[]> {
  try {
    const { files, emptyPaths } = await readConfigSet(options);
    const checked: CheckedFile[] = [];
    for (const file of files) checked.push(await checkOne(file));
    return [
      ...checked,
      ...emptyPaths.map((path) => ({ file: path, problems: [emptyPathProblem(path)], warnings: [] })),
    ];
  } catch (error) {
    if (error instanceof ConfigFileError)
      return [{ file: options.paths.join(' '), problems: error.problems, warnings: [] }];
    throw error;
  }
}

async function checkOne({ file, error, version }: ConfigFile): Promise<CheckedFile> {
  if (error !== undefined) return { file, problems: error.problems, warnings: [] };
  return { file, problems: version?.loaded.faults ?? [], warnings: (await version?.loaded.checkWarnings()) ?? [] };
}
