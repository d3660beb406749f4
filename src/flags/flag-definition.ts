/** One flag of a command, as kingpin (upstream's parser) knows them. */
export interface FlagDefinition {
  readonly name: string;
  readonly help: string;
  /** A switch takes no value and has a `--no-` form; a repeatable one collects its values. */
  readonly kind: 'switch' | 'value' | 'repeatable';
  /**
   * What `--help` shows behind the name: the default, in quotes where it is a text, or a placeholder in angle brackets.
   */
  readonly shown?: string;
  readonly short?: string;
  /** Understood, but not shown by `--help`: older names, and what has no effect here. */
  readonly isHidden?: true;
  /** Answered with a text at once, whatever else the command line says behind it. */
  readonly isAnswer?: true;
  /** What the value may be, for completion; absent where it is open. */
  readonly words?: readonly string[];
  /** The environment variable that counts where the command line does not have the flag. */
  readonly envar?: string;
}

/** What a command line said, before any value was looked at. */
export interface ParsedFlags {
  /** Values by flag name, in their order; a switch has `true` or `false`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** A mistake on the command line; the message is in upstream's words where upstream has the same mistake. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The flags that every command has. */
export const COMMON_FLAGS: readonly FlagDefinition[] = [
  { name: 'help', kind: 'switch', short: 'h', help: 'Show this help (also try --help-long and --help-man).' },
  { name: 'version', kind: 'switch', isAnswer: true, help: 'Show the version.' },
  { name: 'help-long', kind: 'switch', isAnswer: true, isHidden: true, help: 'Show the help of all commands.' },
  { name: 'help-man', kind: 'switch', isAnswer: true, isHidden: true, help: 'Write a manual page.' },
  { name: 'completion-script-bash', kind: 'switch', isAnswer: true, isHidden: true, help: 'Write a script for bash.' },
  { name: 'completion-script-zsh', kind: 'switch', isAnswer: true, isHidden: true, help: 'Write a script for zsh.' },
];

/** Where the modules are; of the commands that run probes. */
export const CONFIG_FILE_FLAG: FlagDefinition = {
  name: 'config.file',
  kind: 'repeatable',
  shown: '"blackbox.yml"',
  help: 'Configuration file with the modules, a folder of such files, or a pattern such as `modules/*.yml`. May be given several times; all files are one configuration.',
};
