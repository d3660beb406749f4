import t from 'tap';
import type { FlagDefinition } from '../../src/flags/flag-definition.js';
import { findRepeated, parseFlags } from '../../src/flags/parse-flags.js';

const definitions: readonly FlagDefinition[] = [
  { name: 'help', short: 'h', kind: 'switch', help: '' },
  { name: 'config.file', kind: 'value', help: '' },
  { name: 'config.check', kind: 'switch', help: '' },
  { name: 'web.listen-address', kind: 'repeatable', help: '' },
  { name: 'now', kind: 'switch', isAnswer: true, help: '' },
];
const parse = (args: readonly string[]) => parseFlags(args, definitions);

const rows: readonly (readonly [args: string, values: Record<string, string[]>, operands: string[]])[] = [
  ['', {}, []],
  ['--config.file=a=b', { 'config.file': ['a=b'] }, []],
  ['--config.file a', { 'config.file': ['a'] }, []],
  ['--config.file=', { 'config.file': [''] }, []],
  ['--config.check x', { 'config.check': ['true'] }, ['x']],
  ['--no-config.check', { 'config.check': ['false'] }, []],
  ['--web.listen-address=:1 --web.listen-address :2', { 'web.listen-address': [':1', ':2'] }, []],
  ['-h', { help: ['true'] }, []],
  ['-- --config.file x', {}, ['--config.file', 'x']],
  ['--now --nope x', { now: ['true'] }, []],
  ['--config.file a --no-now=x --nope', { 'config.file': ['a'], now: ['false'] }, []],
];
for (const [args, values, operands] of rows) {
  t.test(`"${args}"`, async (t) => {
    const parsed = parse(args === '' ? [] : args.split(' '));
    t.same(Object.fromEntries(parsed.values), values);
    t.same(parsed.operands, operands);
  });
}

const wrong: readonly (readonly [args: string, message: string])[] = [
  ['--nope', "unknown long flag '--nope'"],
  ['--nope=1', "unknown long flag '--nope'"],
  ['--=x', "unknown long flag '--'"],
  ['--no-config.file=x', "unknown long flag '--no-config.file'"],
  ['--config.check=true', 'unexpected true'],
  ['--config.file', "expected argument for flag '--config.file'"],
  ['--config.file --help', "expected argument for flag '--config.file'"],
  ['-config.file', "unknown short flag '-c'"],
  ['-hx', "unknown short flag '-x'"],
  ['--nope --now', "unknown long flag '--nope'"],
];
for (const [args, message] of wrong) {
  t.test(`refuses "${args}"`, async (t) => {
    t.throws(() => parse(args.split(' ')), { name: 'UsageError', message });
  });
}

t.test('only a repeatable flag may come twice', async (t) => {
  const repeated = (...args: string[]) => findRepeated(parse(args), definitions);
  t.equal(repeated('--config.check', '--no-config.check'), 'config.check');
  t.equal(repeated('--config.file=a', '--config.file=b'), 'config.file');
  t.equal(repeated('--web.listen-address=a', '--web.listen-address=b', '--config.file=a'), undefined);
});

t.test('a dash alone is an operand; a letter may take a value', async (t) => {
  const definitions = [
    { name: 'module', kind: 'value', short: 'm', help: '' },
    { name: 'all', kind: 'switch', short: 'a', help: '' },
  ] as const;
  t.same(parseFlags(['-'], definitions).operands, ['-']);
  for (const args of [['-m', 'x'], ['-mx'], ['-m=x'], ['-am', 'x']]) {
    t.same(parseFlags(args, definitions).values.get('module'), ['x'], args.join(' '));
  }
  t.throws(() => parseFlags(['-m'], definitions), { message: "expected argument for flag '-m'" });
});
