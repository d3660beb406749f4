import type { FlagDefinition } from './flag-definition.js';

/**
 * Rewrites arguments of Go's package `flag`, which takes one dash or two and `-switch=false`, to kingpin's grammar.
 * Arguments after `--`, short flags and values stay as they are.
 */
export function fromGoArguments(args: readonly string[], definitions: readonly FlagDefinition[]): readonly string[] {
  const end = args.indexOf('--');
  const [flags, operands] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end)];
  const switches = new Set(definitions.filter(({ kind }) => kind === 'switch').map(({ name }) => name));
  return [...flags.map((arg) => rewritten(arg, switches)), ...operands];
}

function rewritten(arg: string, switches: ReadonlySet<string>): string {
  const [, name = '', value] = /^--?([^-=][^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
  if (name === '') return arg;
  if (value === undefined) return `--${name}`;
  if (!switches.has(name)) return `--${name}=${value}`;
  if (/^(?:1|t|true)$/i.test(value)) return `--${name}`;
  return /^(?:0|f|false)$/i.test(value) ? `--no-${name}` : `--${name}=${value}`;
}
