import type { FlagDefinition } from './flag-definition.js';
import { flagText, type HelpPage } from './flag-help.js';

/** The help as a manual page in man(7), with the parts that kingpin's has. */
export function manPage(
  page: HelpPage,
  { title, version }: { readonly title: string; readonly version: string },
): string {
  const { usage, about, flags, commands = [] } = page;
  const commandLines = commands.flatMap((command) => [
    '.SS',
    bold(command.usage),
    '.PP',
    escape(command.about),
    ...flagLines(command.flags),
  ]);
  return `${[
    `.TH ${title} 1 "" ${quoted(`sonde ${version}`)}`,
    '.SH "NAME"',
    `${escape(title)} \\- ${escape(firstSentence(about))}`,
    '.SH "SYNOPSIS"',
    bold(usage),
    '.SH "DESCRIPTION"',
    escape(about),
    '.SH "OPTIONS"',
    ...flagLines(flags),
    ...(commands.length === 0 ? [] : ['.SH "COMMANDS"', ...commandLines]),
  ].join('\n')}\n`;
}

function flagLines(flags: readonly FlagDefinition[]): readonly string[] {
  return flags
    .filter(({ isHidden }) => isHidden !== true)
    .flatMap((flag) => {
      const { name, short, shown } = flag;
      const letter = short === undefined ? '' : `-${short}, `;
      return ['.TP', bold(`${letter}--${name}${shown === undefined ? '' : `=${shown}`}`), escape(flagText(flag))];
    });
}

/** The first clause of a command's description, which whatis(1) lists. */
function firstSentence(text: string): string {
  return text.split(/[:;,]|\.(?: |$)/)[0] ?? text;
}

function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', '\\(dq')}"`;
}

/**
 * A backslash begins an escape, a full stop or an apostrophe at the beginning of a line a request, and a dash alone is
 * a hyphen.
 */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');
}
