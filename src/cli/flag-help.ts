import type { FlagDefinition } from './flag-definition.js';

export interface HelpPage {
  /** `sonde check [<flags>] FILE...` and the like. */
  readonly usage: string;
  readonly about: string;
  readonly flags: readonly FlagDefinition[];
  /** Commands with a line on each, where there are any. */
  readonly commands?: readonly (readonly [usage: string, help: string])[];
}

/** Where the second column begins, as kingpin lays it out. */
const COLUMN = 33;

/** The text of `--help` in kingpin's layout, `width` columns wide. */
export function helpText({ usage, about, flags, commands = [] }: HelpPage, width: number): string {
  const flagLines = flags
    .filter(({ isHidden }) => isHidden !== true)
    .map((flag) => twoColumns(flagTitle(flag), flag.help, width));
  const commandLines = commands.flatMap(([title, help]) => [`  ${title}`, ...indent(wrap(help, width - 4), 4), '']);
  const commandPart = commands.length === 0 ? '' : `\n\nCommands:\n${commandLines.join('\n')}`;
  return `usage: ${usage}\n\n${wrap(about, width).join('\n')}\n\n\nFlags:\n${flagLines.join('\n')}\n${commandPart}`;
}

/** Without a letter, the space of `-h, ` stays empty. */
function flagTitle({ name, kind, short, shown }: FlagDefinition): string {
  const letter = short === undefined ? '    ' : `-${short}, `;
  const label = kind === 'switch' ? `--[no-]${name}` : `--${name}`;
  const value = shown === undefined ? '' : `=${shown}`;
  return `  ${letter}${label}${value}${kind === 'repeatable' ? ' ...' : ''}  `;
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
