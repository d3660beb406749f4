import { checkConfig } from '../app/prober-service.js';
import { COMMON_FLAGS, UsageError } from './flag-definition.js';
import type { Command } from './command.js';
import type { Shell } from './shell.js';

export const checkCommand: Command = {
  name: 'check',
  usage: '[<flags>] FILE...',
  about:
    'Check configuration files, folders of them and patterns such as modules/*.yml as one configuration, and say what is wrong, all mistakes at once; exit code 1 if there are any.',
  flags: COMMON_FLAGS,
  prepare: ({ operands }) => {
    if (operands.length === 0) throw new UsageError("required argument 'FILE' not provided");
    return (shell) => checkFiles(operands, shell);
  },
};

/** Checks the files that paths lead to as one configuration: prints the problems of each to stderr, one a line, or that it has none to stdout; resolves to the exit code. */
export async function checkFiles(paths: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const { file, problems } of await checkConfig(paths, shell)) {
    for (const problem of problems) shell.err(`${problem}\n`);
    if (problems.length === 0) shell.out(`${file}: ok\n`);
    else code = 1;
  }
  return code;
}
