import type { CheckedFile } from '../config/check-config-files.js';
import { COMMON_FLAGS, type FlagDefinition, UsageError } from '../flags/flag-definition.js';
import { checkConfig } from '../services/prober/prober-service.js';
import { checkWebFile } from '../services/web-access.js';
import type { Command } from './command.js';
import type { Shell } from './shell.js';

const CHECK_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  {
    name: 'web',
    kind: 'repeatable',
    shown: '<file>',
    help: 'Check a web config file (see --web.config.file) and the certificates that it names. May be given several times, and beside FILE.',
  },
  ...COMMON_FLAGS.slice(1),
];

/** `sonde check`: says what is wrong with configuration files and web config files. */
export const checkCommand: Command = {
  name: 'check',
  usage: '[<flags>] FILE...',
  about:
    'Check configuration files, folders of them and patterns such as modules/*.yml as one configuration, and say what is wrong, all mistakes at once; exit code 1 if there are any.',
  flags: CHECK_FLAGS,
  prepare: (flags) => {
    const { operands } = flags;
    const webFiles = flags.values.get('web') ?? [];
    if (operands.length + webFiles.length === 0) throw new UsageError("required argument 'FILE' not provided");
    return async (shell) => {
      const code = operands.length === 0 ? 0 : await checkFiles(operands, shell);
      return Math.max(code, await checkWebFiles(webFiles, shell));
    };
  },
};

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
async function checkWebFiles(files: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const file of files) code = Math.max(code, report({ file, ...(await checkWebFile(file, shell)) }, shell));
  return code;
}

function report({ file, problems, warnings }: CheckedFile, shell: Shell): number {
  for (const problem of [...problems, ...warnings]) shell.err(`${problem}\n`);
  if (problems.length === 0) shell.out(`${file}: ok\n`);
  return problems.length === 0 ? 0 : 1;
}
