/** One flag of a command, as kingpin (upstream's parser) knows them. */
export interface FlagDefinition {
  readonly name: string;
  readonly help: string;
  /** A switch takes no value and has a `--no-` form; a repeatable one collects its values. */
  readonly kind: 'switch' | 'value' | 'repeatable';
  /**
   * The text after the flag's name in `--help`: the default, in quotes if it is a text, or a placeholder in angle
   * brackets.
   */
  readonly shown?: string;
  readonly short?: string;
  /** Understood, but not shown by `--help`: older names, and what has no effect here. */
  readonly isHidden?: true;
  /** A flag that prints a text and exits, regardless of later arguments. */
  readonly isAnswer?: true;
  /** The possible values, for shell completion; absent if the values are not a closed list. */
  readonly words?: readonly string[];
  /** The environment variable that counts where the command line does not have the flag. */
  readonly envar?: string;
  /** Whether that variable says something by being empty; otherwise an empty one is none. */
  readonly isEmptyMeant?: true;
  /** Whether a text of that variable says anything; where it does not, there is no variable. Absent: any text does. */
  readonly saysAnything?: (text: string) => boolean;
}

/** The parsed arguments of a command, before values are converted or checked. */
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

/** The flag for the configuration files, which all commands that run probes have. */
export const CONFIG_FILE_FLAG: FlagDefinition = {
  name: 'config.file',
  kind: 'repeatable',
  shown: '"blackbox.yml"',
  help: 'Configuration file with the modules, a folder of such files, or a pattern such as `modules/*.yml`. May be given several times; all files are one configuration.',
};
