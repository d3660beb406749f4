import type { FlagDefinition, ParsedFlags } from '../flags/flag-definition.js';
import type { Shell } from './shell.js';

/** Runs a command after its flags have been read. Resolves to the exit code. */
export type Action = (shell: Shell) => Promise<number>;

/** One command of `sonde`. */
export interface Command {
  readonly name: string;
  /** The rest of the usage line after the command's name, such as `[<flags>] FILE...`. */
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly FlagDefinition[];
  /** The exit code of a mistake on the command line; if absent 1, as kingpin has it. */
  readonly usageExitCode?: number;
  /** Whether it takes flags as Go's package `flag` does, too: one dash, `--switch=false`. */
  readonly takesGoArguments?: true;
  /** Whether it runs services. SIGHUP ends the other commands, as it ends any program by default. */
  readonly isService?: true;
  /** Reads the values; throws UsageError. Nothing has happened until the action is run. */
  readonly prepare: (flags: ParsedFlags) => Action;
}
