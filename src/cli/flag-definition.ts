/** One flag of a command, as kingpin (upstream's parser) knows them. */
export interface FlagDefinition {
  readonly name: string;
  readonly help: string;
  /** A switch takes no value and has a `--no-` form; a repeatable one collects its values. */
  readonly kind: 'switch' | 'value' | 'repeatable';
  /** What `--help` shows behind the name: the default, in quotes where it is a text, or a placeholder in angle brackets. */
  readonly shown?: string;
  readonly short?: string;
  /** Understood, but not shown by `--help`: older names, and what has no effect here. */
  readonly isHidden?: true;
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
  { name: 'help', kind: 'switch', short: 'h', help: 'Show this help.' },
  { name: 'version', kind: 'switch', help: 'Show the version.' },
];

/** Where the modules are; of the commands that run probes. */
export const CONFIG_FILE_FLAG: FlagDefinition = {
  name: 'config.file',
  kind: 'repeatable',
  shown: '"blackbox.yml"',
  help: 'Configuration file with the modules, a folder of such files, or a pattern such as `modules/*.yml`. May be given several times; all files are one configuration.',
};
