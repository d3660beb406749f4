import type { FlagDefinition } from './flag-definition.js';

/** A command among others. */
export interface CommandHelp {
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly FlagDefinition[];
}

/** The content of one command's help page or man page. */
export interface HelpPage {
  /** `sonde check [<flags>] FILE...` and the like. */
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly FlagDefinition[];
  /** Other commands, where there are any. */
  readonly commands?: readonly CommandHelp[];
}

/** The start of the second column, as in kingpin's layout. */
const COLUMN = 33;

/**
 * The text of `--help` in kingpin's layout, `width` columns wide; `isLong` is that of `--help-long`, with the flags of
 * the commands.
 */
export function helpText({ usage, about, flags, commands = [] }: HelpPage, width: number, isLong = false): string {
  const commandLines = commands.flatMap((command) => [
    `  ${command.usage}`,
    ...indent(wrap(command.about, width - 4), 4),
    '',
    ...(isLong
      ? [
          ...indent(
            flagLines(command.flags, width - 4)
              .join('\n')
              .split('\n'),
            4,
          ),
          '',
        ]
      : []),
  ]);
  const commandPart = commands.length === 0 ? '' : `\n\nCommands:\n${commandLines.join('\n')}`;
  return `usage: ${usage}\n\n${wrap(about, width).join('\n')}\n\n\nFlags:\n${flagLines(flags, width).join('\n')}\n${commandPart}`;
}

function flagLines(flags: readonly FlagDefinition[], width: number): readonly string[] {
  return flags
    .filter(({ isHidden }) => isHidden !== true)
    .map((flag) => twoColumns(flagTitle(flag), flagText(flag), width));
}

/** Without a letter, the space of `-h, ` stays empty. */
function flagTitle({ name, kind, short, shown }: FlagDefinition): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  const label = kind === 'switch' ? `--[no-]${name}` : `--${name}`;
  const value = shown === undefined ? '' : `=${shown}`;
  return `  ${letter}${label}${value}${kind === 'repeatable' ? ' ...' : ''}  `;
}

/** The help text of a flag, followed by its environment variable as kingpin shows it. */
export function flagText({ help, envar }: Pick<FlagDefinition, 'help' | 'envar'>): string {
  return envar === undefined ? help : `${help} ($${envar})`;
}

/** A title that leaves no room before the column has its text on the next line. */
function twoColumns(title: string, help: string, width: number): string {
  const [first = '', ...others] = wrap(help, width - COLUMN);
  const head = title.length <= COLUMN ? [title.padEnd(COLUMN) + first] : [title, ...indent([first], COLUMN)];
  return [...head, ...indent(others, COLUMN)].join('\n');
}

function indent(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => ' '.repeat(columns) + line);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
