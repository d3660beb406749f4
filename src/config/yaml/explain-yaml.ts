import { flowRegions } from './flow-regions.js';

/** A mistake in a text that is not valid YAML, described in terms of what the user wrote. */
export interface YamlMistake {
  readonly offset: number;
  readonly message: string;
}

/** The place of a parser's error: its line, the nearest line before that is not empty, and the position in the line. */
interface ErrorPlace {
  readonly source: string;
  readonly offset: number;
  readonly line: string;
  readonly lineNumber: number;
  readonly column: number;
  readonly before: { readonly text: string; readonly number: number; readonly offset: number } | undefined;
}

/**
 * Says what the user did where the parser only says what it met: a quote or bracket that is not closed, a colon that is
 * missing or too many, a text that needs quotes. If none of these fits, it returns the parser's own `reason`. It never
 * shows a value, which may be a secret.
 */
export function explainYamlError(source: string, offset: number, reason: string): YamlMistake {
  const place = placeOf(source, Math.min(offset, source.length));
  for (const explain of EXPLANATIONS) {
    const mistake = explain(place, reason);
    if (mistake !== undefined) return mistake;
  }
  return { offset, message: reason };
}

type Explanation = (place: ErrorPlace, reason: string) => YamlMistake | undefined;

const EXPLANATIONS: readonly Explanation[] = [
  reservedCharacter,
  unknownEscape,
  unclosed,
  textBehindValue,
  secondColon,
  missingBlank,
  missingColon,
  indentation,
];

/** Longer lines are not written by hand, and are not examined. */
const LONGEST_LINE = 10_000;

function placeOf(source: string, offset: number): ErrorPlace {
  const start = source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  const line = source.slice(start, end < 0 ? undefined : end);
  const lines = source.slice(0, start).split('\n').slice(0, -1);
  const index = lines.findLastIndex((text) => /^\s*[^\s#]/.test(text.slice(0, LONGEST_LINE)));
  const text = lines[index];
  const shown = line.slice(0, LONGEST_LINE).trimEnd();
  const place = { source, offset, line: shown, lineNumber: lines.length + 1, column: offset - start };
  if (text === undefined) return { ...place, before: undefined };
  const beforeOffset = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
  return { ...place, before: { text: text.slice(0, LONGEST_LINE).trimEnd(), number: index + 1, offset: beforeOffset } };
}

const NAMES = { '[': 'the `[`', '{': 'the `{`', '"': 'the quote `"`', "'": "the quote `'`" } as const;

function unclosed({ source, offset, lineNumber }: ErrorPlace): YamlMistake | undefined {
  const open = flowRegions(source, offset).open.at(-1);
  if (open === undefined) return undefined;
  const number = source.slice(0, open.offset).split('\n').length;
  // A mark that was opened in the same line may still be closed after the mistake.
  if (number === lineNumber && offset < source.trimEnd().length) return undefined;
  return { offset: open.offset, message: `${NAMES[open.mark]} of line ${number} is not closed` };
}

function reservedCharacter({ source, offset }: ErrorPlace): YamlMistake | undefined {
  const char = source.charAt(offset);
  if (char !== '`' && char !== '@' && char !== '%') return undefined;
  const name = char === '`' ? 'a backquote' : `\`${char}\``;
  return { offset, message: `a text cannot begin with ${name} in YAML; put it in quotes` };
}

function unknownEscape({ offset }: ErrorPlace, reason: string): YamlMistake | undefined {
  if (!/escape sequence/.test(reason)) return undefined;
  const message = 'there is no such escape in double quotes; write the backslash twice, or use single quotes';
  return { offset, message };
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['{', '}'],
]);

/** Explains `key: "a" b` and `- [a-z]+`: a value that begins with a quote or bracket ends with it. */
function textBehindValue({ line, offset, source, lineNumber, column }: ErrorPlace): YamlMistake | undefined {
  const [start, mark = ''] = /^\s*(?:-\s+)*(?:[\w-]+:\s+)?(["'[{])/.exec(line) ?? [];
  if (start === undefined || column <= start.length) return undefined;
  const close = CLOSING.get(mark) ?? mark;
  const end = line.indexOf(close, start.length);
  if (end < 0 || end + 1 > column || flowRegions(source, offset).open.length > 0) return undefined;
  return {
    offset: offset - column + end + 1,
    message: `there is more behind the closing \`${close}\` in line ${lineNumber}; put the whole value in quotes`,
  };
}

/** Explains `key: a: b`. */
function secondColon({ source, offset, line, column }: ErrorPlace): YamlMistake | undefined {
  if (source.charAt(offset) !== ':') return undefined;
  if (!/^\s*(?:-\s+)*[^\s:]+:\s+\S/.test(line.slice(0, column))) return undefined;
  return { offset, message: 'the value has a `: ` in it; put it in quotes' };
}

/** Explains `key:value`. */
function missingBlank({ line, lineNumber, offset, column, before }: ErrorPlace): YamlMistake | undefined {
  const written = /^\s*(?:- )?[\w-]+:[^\s/]/;
  if (written.test(line)) return blankAfter(lineNumber, offset - column + line.indexOf(':'));
  if (before !== undefined && written.test(before.text)) {
    return blankAfter(before.number, before.offset + before.text.indexOf(':'));
  }
  return undefined;
}

function blankAfter(line: number, offset: number): YamlMistake {
  return { offset, message: `a blank is missing behind the \`:\` in line ${line}` };
}

/** Explains a line that should have been `key: value`, or `key:` with indented lines below it. */
function missingColon({ line, lineNumber, offset, column, before }: ErrorPlace): YamlMistake | undefined {
  if (before !== undefined && isWithoutColon(before.text)) return colonIn(before.number, before);
  return isWithoutColon(line) ? colonIn(lineNumber, { text: line, offset: offset - column }) : undefined;
}

function isWithoutColon(line: string): boolean {
  return /^\s*(?:- )?[\w-]+(?:\s|$)/.test(line) && !/:(?:\s|$)/.test(line);
}

function colonIn(line: number, { text, offset }: { readonly text: string; readonly offset: number }): YamlMistake {
  const [start = '', word = ''] = /^\s*(?:- )?([\w-]+)/.exec(text) ?? [];
  // A word that does not look like a key could be a secret, so the message does not cite it.
  const behind = /^[a-z_]{1,40}$/.test(word) ? ` behind \`${word}\`` : '';
  return { offset: offset + start.length, message: `is a \`:\` missing${behind} in line ${line}?` };
}

function indentation(
  { line, offset, column, before, lineNumber }: ErrorPlace,
  reason: string,
): YamlMistake | undefined {
  if (before === undefined || !/indentation/.test(reason) || !/^\s*(?:- )?[\w-]+:(?:\s|$)/.test(line)) return undefined;
  const [here, there] = [line, before.text].map((text) => /^\s*/.exec(text)?.[0].length ?? 0);
  const tab = /^\s*/.exec(line)?.[0].indexOf('\t') ?? -1;
  if (tab >= 0) {
    const message = `line ${lineNumber} is indented with a tab; YAML takes spaces only`;
    return { offset: offset - column + tab, message };
  }
  if (here === undefined || here === there || (before.text.endsWith(':') && here > (there ?? 0))) return undefined;
  return {
    offset: offset - column + here,
    message: `line ${lineNumber} is indented by ${here}, which fits no line above it (line ${before.number} is by ${String(there)}); keys of one mapping begin in one column`,
  };
}
