import { checkConfig } from '../app.js';
import { COMMON_FLAGS, UsageError } from './flag-definition.js';
import type { Command } from './command.js';
import type { Shell } from './shell.js';

export const checkCommand: Command = {
  name: 'check',
  usage: '[<flags>] FILE...',
  about:
    'Check configuration files and say what is wrong with them, all mistakes at once; exit code 1 if there are any.',
  flags: COMMON_FLAGS,
  prepare: ({ operands }) => {
    if (operands.length === 0) throw new UsageError("required argument 'FILE' not provided");
    return (shell) => checkFiles(operands, shell);
  },
};

/** Prints the problems of each file to stderr, one a line, or that it has none to stdout; resolves to the exit code. */
export async function checkFiles(files: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  for (const file of files) {
    const problems = await checkConfig(file, shell);
    for (const problem of problems) shell.err(`${problem}\n`);
    if (problems.length === 0) shell.out(`${file}: ok\n`);
    else code = 1;
  }
  return code;
}
