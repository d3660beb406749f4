import { checkCommand } from './check.js';
import type { Command } from './command.js';
import { UsageError } from './flag-definition.js';
import { helpText } from './flag-help.js';
import { nodeCommand } from './node.js';
import { findRepeated, parseFlags } from './parse-flags.js';
import { probeCommand } from './probe.js';
import { pushgatewayCommand } from './pushgateway.js';
import { allCommand, serveCommand } from './serve.js';
import type { Shell } from './shell.js';
import { versionText } from './version-text.js';

/** All commands; the first is what is done when none is named. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  allCommand,
  pushgatewayCommand,
  nodeCommand,
  checkCommand,
  probeCommand,
];

/** Runs the command that the arguments name, `serve` if they name none; resolves to the exit code and never rejects for a mistake of the user's. */
export async function runCommand(shell: Shell): Promise<number> {
  try {
    const { command, args } = chooseCommand(shell.args);
    const flags = parseFlags(args, { definitions: command.flags, readFile: shell.readFile });
    if (flags.values.has('help')) return tell(shell, helpPage(command, shell.columns));
    if (flags.values.has('version')) return tell(shell, versionText(shell.build));
    const repeated = findRepeated(flags, command.flags);
    if (repeated !== undefined) throw new UsageError(`flag '${repeated}' cannot be repeated`);
    return await command.prepare(flags)(shell);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    shell.err(`sonde: error: ${error.message}, try --help\n`);
    return 1;
  }
}

function chooseCommand(args: readonly string[]): { command: Command; args: readonly string[] } {
  const first = args[0];
  if (first === undefined || /^[-@]/.test(first)) return { command: serveCommand, args };
  const command = COMMANDS.find(({ name }) => name === first);
  if (command !== undefined) return { command, args: args.slice(1) };
  const names = COMMANDS.map(({ name }) => name).join(', ');
  throw new UsageError(`unexpected ${first}: the commands are ${names}`);
}

function tell(shell: Shell, text: string): number {
  shell.out(text);
  return 0;
}

function helpPage(command: Command, width: number): string {
  const isDefault = command === serveCommand;
  const usage = `sonde ${isDefault ? '[serve]' : command.name} ${command.usage}`;
  const others = COMMANDS.filter((other) => other !== command);
  const commands = others.map(({ name, usage, about }) => [`${name} ${usage}`, about] as const);
  return helpText({ usage, about: command.about, flags: command.flags, ...(isDefault && { commands }) }, width);
}
