import t from 'tap';
import { withEnvironment } from '../../src/flags/environment.js';
import type { FlagDefinition } from '../../src/flags/flag-definition.js';
import { parseFlags } from '../../src/flags/parse-flags.js';

const FLAGS: readonly FlagDefinition[] = [
  { name: 'addr', kind: 'value', help: '', envar: 'ADDR' },
  { name: 'uri', kind: 'repeatable', help: '', envar: 'URI' },
  { name: 'verify', kind: 'switch', help: '', envar: 'VERIFY' },
  { name: 'count', kind: 'value', help: '', envar: 'COUNT', saysAnything: (text) => /^[0-9]+$/.test(text) },
  { name: 'plain', kind: 'value', help: '' },
];

const rows: readonly {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, readonly string[]>>;
}[] = [
  { name: 'nothing', env: {}, values: {} },
  { name: 'a value', env: { ADDR: 'a' }, values: { addr: ['a'] } },
  { name: 'the command line counts first', args: ['--addr=b'], env: { ADDR: 'a' }, values: { addr: ['b'] } },
  { name: 'an empty variable is none', env: { ADDR: '', VERIFY: '' }, values: {} },
  { name: 'a value a line', env: { URI: 'a\r\nb\n' }, values: { uri: ['a', 'b'] } },
  { name: 'a switch that is on', env: { VERIFY: 'T' }, values: { verify: ['true'] } },
  { name: 'a switch that is off', env: { VERIFY: '0' }, values: { verify: ['false'] } },
  { name: 'a switch of the command line', args: ['--no-verify'], env: { VERIFY: '1' }, values: { verify: ['false'] } },
  { name: 'a text that says nothing', env: { COUNT: 'many' }, values: {} },
  { name: 'a text that says something', env: { COUNT: '2' }, values: { count: ['2'] } },
  { name: 'a flag without a variable', env: { PLAIN: 'a', plain: 'a', undefined: 'a' }, values: {} },
];
for (const { name, args = [], env, values } of rows) {
  t.test(name, async (t) => {
    const { values: read } = withEnvironment(parseFlags(args, FLAGS), FLAGS, env);
    t.same(Object.fromEntries(read), values);
  });
}

t.test('a switch that is neither on nor off', async (t) => {
  t.throws(() => withEnvironment(parseFlags([], FLAGS), FLAGS, { VERIFY: 'yes' }), {
    name: 'UsageError',
    message: 'invalid value of VERIFY: "yes" is neither true nor false',
  });
});
