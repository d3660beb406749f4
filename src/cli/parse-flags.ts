import type { FlagDefinition, ParsedFlags } from './flag-definition.js';
import { UsageError } from './flag-definition.js';

export interface ParseOptions {
  readonly definitions: readonly FlagDefinition[];
  /** The text of a file that holds arguments (`@file`), one a line. */
  readonly readFile: (path: string) => string;
}

/**
 * Reads arguments by kingpin's grammar: `--flag=value`, `--flag value`, `--switch`, `--no-switch`, `-h`, `--` and `@file`.
 * Throws UsageError for what it does not know. Values are not looked at, except that only a repeatable flag may come twice.
 */
export function parseFlags(args: readonly string[], { definitions, readFile }: ParseOptions): ParsedFlags {
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = expandFiles(args, readFile);
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') operands.push(...rest.splice(0));
    else if (arg.startsWith('--')) readLong(arg.slice(2), rest, { definitions, values });
    else if (arg.startsWith('-')) readShort(arg.slice(1), { definitions, values });
    else operands.push(arg);
  }
  return { values, operands };
}

/** Says which flag was given more than once though it may not be; undefined if none was. */
export function findRepeated({ values }: ParsedFlags, definitions: readonly FlagDefinition[]): string | undefined {
  return definitions.find(({ name, kind }) => kind !== 'repeatable' && (values.get(name)?.length ?? 0) > 1)?.name;
}

interface Reading {
  readonly definitions: readonly FlagDefinition[];
  readonly values: Map<string, string[]>;
}

/** An empty line is an empty argument and a line with `#` in front is a comment, as kingpin has it. */
function expandFiles(args: readonly string[], readFile: (path: string) => string): string[] {
  return args.flatMap((arg) => {
    if (!arg.startsWith('@')) return [arg];
    if (arg === '@') throw new UsageError('expected @ file to expand arguments from');
    const lines = readArguments(arg.slice(1), readFile).split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines.filter((line) => !line.startsWith('#'));
  });
}

function readArguments(file: string, readFile: (path: string) => string): string {
  try {
    return readFile(file);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = missing ? `open ${file}: no such file or directory` : String(error);
    throw new UsageError(`failed to open arguments file "${file}": ${reason}`);
  }
}

function readLong(text: string, rest: string[], reading: Reading): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const attached = equals < 0 ? undefined : text.slice(equals + 1);
  const { flag, isNegated } = findFlag(name, reading.definitions);
  if (flag.kind === 'switch') {
    if (attached !== undefined) throw new UsageError(`unexpected ${attached}`);
    add(reading, flag.name, String(!isNegated));
    return;
  }
  const next = rest[0];
  const value = attached ?? (next === undefined || next.startsWith('-') ? undefined : rest.shift());
  if (value === undefined) throw new UsageError(`expected argument for flag '--${flag.name}'`);
  add(reading, flag.name, value);
}

function findFlag(name: string, definitions: readonly FlagDefinition[]): { flag: FlagDefinition; isNegated: boolean } {
  const flag = definitions.find((definition) => definition.name === name);
  if (flag !== undefined) return { flag, isNegated: false };
  const positive = name.startsWith('no-') ? name.slice(3) : undefined;
  const negated = definitions.find((definition) => definition.kind === 'switch' && definition.name === positive);
  if (negated === undefined) throw new UsageError(`unknown long flag '--${name}'`);
  return { flag: negated, isNegated: true };
}

/** Several letters behind one dash are several flags; only switches have a letter. */
function readShort(letters: string, reading: Reading): void {
  if (letters === '') throw new UsageError('unexpected -');
  for (const letter of letters) {
    const flag = reading.definitions.find(({ short }) => short === letter);
    if (flag === undefined) throw new UsageError(`unknown short flag '-${letter}'`);
    add(reading, flag.name, 'true');
  }
}

function add({ values }: Reading, name: string, value: string): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}
