import t from 'tap';
import type { FlagDefinition } from '../../src/flags/flag-definition.js';
import { fromGoArguments } from '../../src/flags/go-arguments.js';

const FLAGS: readonly FlagDefinition[] = [
  { name: 'redis.addr', kind: 'value', help: '' },
  { name: 'debug', kind: 'switch', help: '' },
  { name: 'help', kind: 'switch', short: 'h', help: '' },
];

const rows: readonly (readonly [given: readonly string[], read: readonly string[]])[] = [
  [
    ['-redis.addr', 'x'],
    ['--redis.addr', 'x'],
  ],
  [['-redis.addr=x=-y'], ['--redis.addr=x=-y']],
  [['--redis.addr=x'], ['--redis.addr=x']],
  [['-debug'], ['--debug']],
  [['--debug=true'], ['--debug']],
  [['-debug=F'], ['--no-debug']],
  [['-debug=maybe'], ['--debug=maybe']],
  [['-h'], ['-h']],
  [['-'], ['-']],
  [
    ['x', '--', '-debug'],
    ['x', '--', '-debug'],
  ],
];
for (const [given, read] of rows) {
  t.test(given.join(' '), async (t) => {
    t.same(fromGoArguments(given, FLAGS), read);
  });
}
