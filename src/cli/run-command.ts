import { withEnvironment } from '../flags/environment.js';
import { expandArguments } from '../flags/expand-arguments.js';
import { type ParsedFlags, UsageError } from '../flags/flag-definition.js';
import { type HelpPage, helpText } from '../flags/flag-help.js';
import { fromGoArguments } from '../flags/go-arguments.js';
import { manPage } from '../flags/man-page.js';
import { findRepeated, parseFlags } from '../flags/parse-flags.js';
import { shownLine } from '../probe/report/shown-excerpt.js';
import { closest } from '../values/suggest.js';
import { checkCommand } from './check.js';
import type { Command } from './command.js';
import { BASH_SCRIPT, COMPLETE, completions, ZSH_SCRIPT } from './completion.js';
import { probeCommand } from './probe/probe-command.js';
import { prometheusCommand } from './prometheus-command.js';
import { allCommand, exporterCommands, nodeCommand, pushgatewayCommand, serveCommand } from './service-commands.js';
import type { Shell } from './shell.js';
import { versionText } from './version-text.js';

/** All commands; the first is the default. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  allCommand,
  pushgatewayCommand,
  nodeCommand,
  ...exporterCommands,
  checkCommand,
  probeCommand,
  prometheusCommand,
];

/**
 * Runs the command that the arguments name, `serve` if they name none; resolves to the exit code and never rejects for
 * a mistake of the user's.
 */
export async function runCommand(shell: Shell): Promise<number> {
  if (shell.args[0] === COMPLETE) return tell(shell, lines(completions(shell.args.slice(1), COMMANDS)));
  let chosen: Chosen | undefined;
  try {
    chosen = chooseCommand(await expandArguments(shell.args));
    return await runChosen(chosen, shell);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    shell.err(`sonde: error: ${shownLine(error.message)}, try --help\n`);
    return chosen?.command.usageExitCode ?? 1;
  }
}

interface Chosen {
  readonly command: Command;
  readonly args: readonly string[];
}

async function runChosen({ command, args }: Chosen, shell: Shell): Promise<number> {
  if (command.isService !== true) shell.endOnHangUp();
  const written = command.takesGoArguments === true ? fromGoArguments(args, command.flags) : args;
  const flags = parseFlags(written, command.flags);
  const answer = answerTo(flags, command, shell);
  if (answer !== undefined) return tell(shell, answer);
  const repeated = findRepeated(flags, command.flags);
  if (repeated !== undefined) throw new UsageError(`flag '${repeated}' cannot be repeated`);
  return command.prepare(withEnvironment(flags, command.flags, shell.env))(shell);
}

/** Words that stand for a flag of a command, for who tries them first. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['help', '--help'],
  ['version', '--version'],
]);

function chooseCommand(args: readonly string[]): Chosen {
  const [first, ...others] = args;
  if (first === undefined || first.startsWith('-')) return { command: serveCommand, args };
  const command = COMMANDS.find(({ name }) => name === first);
  if (command !== undefined) return { command, args: others };
  const word = WORDS.get(first);
  if (word !== undefined) {
    // `sonde help help` is the help, too.
    const about = others.find((other) => !WORDS.has(other));
    return { command: about === undefined ? serveCommand : named(about), args: [word] };
  }
  return { command: named(first), args: others };
}

function named(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((each) => each.name);
  const meant = closest(name, [...names, ...WORDS.keys()]);
  const suggestion = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
  throw new UsageError(`unexpected ${name}: the commands are ${names.join(', ')}${suggestion}`);
}

/** The text that a flag asks for instead of the command; undefined if none does. */
function answerTo({ values }: ParsedFlags, command: Command, { build, columns }: Shell): string | undefined {
  if (values.has('version')) return versionText(build);
  if (values.has('help-long')) return helpText(helpPage(command), columns, true);
  if (values.has('help-man')) return manPage(helpPage(command), { title: titleOf(command), version: build.version });
  if (values.has('completion-script-bash')) return BASH_SCRIPT;
  if (values.has('completion-script-zsh')) return ZSH_SCRIPT;
  return values.has('help') ? helpText(helpPage(command), columns) : undefined;
}

function tell(shell: Shell, text: string): number {
  shell.out(text);
  return 0;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function titleOf(command: Command): string {
  return command === serveCommand ? 'sonde' : `sonde-${command.name}`;
}

function helpPage(command: Command): HelpPage {
  const isDefault = command === serveCommand;
  const usage = `sonde ${isDefault ? '[serve]' : command.name} ${command.usage}`;
  const { about, flags } = command;
  if (!isDefault) return { usage, about, flags };
  const others = COMMANDS.filter((other) => other !== command);
  return {
    usage,
    about,
    flags,
    commands: others.map((other) => ({ ...other, usage: `${other.name} ${other.usage}` })),
  };
}
