import type { CheckedFile } from '../config/check-config-files.js';
import { checkConfig } from '../services/prober/prober-service.js';
import { checkWebFile } from '../services/web-access.js';
import type { Shell } from './shell.js';

/**
 * Checks the files that paths lead to as one configuration: prints the problems and warnings of each to stderr, one a
 * line, and to stdout that it has no problem; resolves to the exit code.
 */
export async function checkFiles(paths: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const checked of await checkConfig(paths, shell)) code = Math.max(code, report(checked, shell));
  return code;
}

/** Checks web config files, each for itself. Resolves to the exit code. */
export async function checkWebFiles(files: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const file of files) code = Math.max(code, report({ file, ...(await checkWebFile(file, shell)) }, shell));
  return code;
}

function report({ file, problems, warnings }: CheckedFile, shell: Shell): number {
  for (const problem of [...problems, ...warnings]) shell.err(`${problem}\n`);
  if (problems.length === 0) shell.out(`${file}: ok\n`);
  return problems.length === 0 ? 0 : 1;
}
