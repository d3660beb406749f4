import { COMMON_FLAGS, type FlagDefinition, UsageError } from '../flags/flag-definition.js';
import type { Command } from './command.js';

const CHECK_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  {
    name: 'web',
    kind: 'repeatable',
    shown: '<file>',
    help: 'Check a web config file (see --web.config.file) and the certificates that it names. May be given several times, and beside FILE.',
  },
  {
    name: 'targets',
    kind: 'repeatable',
    shown: '<file>',
    help: 'Check targets files (see --targets.file): a file, a folder or a pattern. May be given several times, and beside FILE.',
  },
  {
    name: 'remote-write',
    kind: 'repeatable',
    shown: '<file>',
    help: 'Check a file of remote write (see --remote-write.config.file). May be given several times, and beside FILE.',
  },
  ...COMMON_FLAGS.slice(1),
];

/**
 * `sonde check`: says what is wrong with configuration files, web config files, targets files and files of remote
 * write.
 */
export const checkCommand: Command = {
  name: 'check',
  usage: '[<flags>] FILE...',
  about:
    'Check configuration files, folders of them and patterns such as modules/*.yml as one configuration, and say what is wrong, all mistakes at once; exit code 1 if there are any.',
  flags: CHECK_FLAGS,
  prepare: (flags) => {
    const { operands } = flags;
    const webFiles = flags.values.get('web') ?? [];
    const targets = flags.values.get('targets') ?? [];
    const remoteWrite = flags.values.get('remote-write') ?? [];
    if (operands.length + webFiles.length + targets.length + remoteWrite.length === 0)
      throw new UsageError("required argument 'FILE' not provided");
    return async (shell) => {
      const { checkFiles, checkRemoteWrite, checkTargets, checkWebFiles } = await import('./check-files.js');
      const code = operands.length === 0 ? 0 : await checkFiles(operands, shell);
      return Math.max(
        code,
        await checkWebFiles(webFiles, shell),
        await checkTargets(targets, shell),
        await checkRemoteWrite(remoteWrite, shell),
      );
    };
  },
};
