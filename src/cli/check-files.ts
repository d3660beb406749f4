import type { CheckedFile } from '../config/check-config-files.js';
import { shownLine } from '../probe/report/shown-excerpt.js';
import { checkTargetFiles } from '../services/prober/discovery/check-target-files.js';
import { checkConfig } from '../services/prober/open-config.js';
import type { RemoteWriteOptions } from '../services/prober/remote-write/remote-write-options.js';
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

/** Checks the targets files that paths lead to. Resolves to the exit code. */
export async function checkTargets(paths: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const checked of await checkTargetFiles(paths)) code = Math.max(code, report(checked, shell));
  return code;
}

/**
 * Checks files of remote write, each for itself; with `histograms` also that they agree with what is sent. Resolves to
 * the exit code.
 */
export async function checkRemoteWrite(
  files: readonly string[],
  shell: Shell,
  histograms?: RemoteWriteOptions['histograms'],
): Promise<number> {
  if (files.length === 0) return 0;
  const { checkRemoteWriteFile } = await import('../services/prober/remote-write/write-receiver.js');
  let code = 0;
  for (const file of files) {
    const problems = await checkRemoteWriteFile(file, shell, histograms);
    code = Math.max(code, report({ file, problems, warnings: [] }, shell));
  }
  return code;
}

function report({ file, problems, warnings }: CheckedFile, shell: Shell): number {
  for (const problem of [...problems, ...warnings]) shell.err(`${shownLine(problem)}\n`);
  if (problems.length === 0) shell.out(`${shownLine(file)}: ok\n`);
  return problems.length === 0 ? 0 : 1;
}
