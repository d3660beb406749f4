import { type FlagDefinition, type ParsedFlags, UsageError } from './flag-definition.js';
import { suggestFlag, withSuggestion } from './suggest-flag.js';

/**
 * Reads arguments by kingpin's grammar: `--flag=value`, `--flag value`, `--switch`, `--no-switch`, `-h`, `-m value` and
 * `--`; files of arguments are already expanded. Throws UsageError for what it does not know. Values are not looked at.
 * Nothing is read behind a flag that is answered at once.
 */
export function parseFlags(args: readonly string[], definitions: readonly FlagDefinition[]): ParsedFlags {
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') operands.push(...rest.splice(0));
    else if (arg.startsWith('--')) {
      const { isAnswer } = readLong(arg.slice(2), rest, { definitions, values });
      if (isAnswer === true) break;
    } else if (arg.startsWith('-') && arg !== '-') readShort(arg.slice(1), rest, { definitions, values });
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

/** Reads one flag, and its value out of `rest` where it has one; returns which. */
function readLong(text: string, rest: string[], reading: Reading): FlagDefinition {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const attached = equals < 0 ? undefined : text.slice(equals + 1);
  const { flag, isNegated } = findFlag(name, reading.definitions);
  if (flag.kind === 'switch') {
    if (attached !== undefined && flag.isAnswer !== true) throw new UsageError(`unexpected ${attached}`);
    add(reading, flag.name, String(!isNegated));
    return flag;
  }
  const next = rest[0];
  const value = attached ?? (next === undefined || next.startsWith('-') ? undefined : rest.shift());
  if (value === undefined) throw new UsageError(`expected argument for flag '--${flag.name}'`);
  add(reading, flag.name, value);
  return flag;
}

function findFlag(name: string, definitions: readonly FlagDefinition[]): { flag: FlagDefinition; isNegated: boolean } {
  const flag = definitions.find((definition) => definition.name === name);
  if (flag !== undefined) return { flag, isNegated: false };
  const positive = name.startsWith('no-') ? name.slice(3) : undefined;
  const negated = definitions.find((definition) => definition.kind === 'switch' && definition.name === positive);
  if (negated === undefined) {
    throw new UsageError(withSuggestion(`unknown long flag '--${name}'`, suggestFlag(name, definitions)));
  }
  return { flag: negated, isNegated: true };
}

/**
 * Several letters behind one dash are several flags; the value of one that takes a value is what follows it, or the
 * next argument.
 */
function readShort(letters: string, rest: string[], reading: Reading): void {
  for (const [index, letter] of Array.from(letters).entries()) {
    const flag = reading.definitions.find(({ short }) => short === letter);
    if (flag === undefined) {
      const meant = reading.definitions.find(({ name }) => name === letters.split('=')[0]);
      throw new UsageError(withSuggestion(`unknown short flag '-${letter}'`, meant?.name));
    }
    if (flag.kind === 'switch') {
      add(reading, flag.name, 'true');
      continue;
    }
    const value = letters.slice(index + 1).replace(/^=/, '') || rest.shift();
    if (value === undefined) throw new UsageError(`expected argument for flag '-${letter}'`);
    add(reading, flag.name, value);
    return;
  }
}

function add({ values }: Reading, name: string, value: string): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}
