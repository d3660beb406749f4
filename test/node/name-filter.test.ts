import t from 'tap';
import { CollectorOptions } from '../../src/node/collector-options.js';
import type { CollectorFlag } from '../../src/node/collector-options.js';
import { nameFilter } from '../../src/node/name-filter.js';

const FLAGS: readonly CollectorFlag[] = [
  { name: 'x.include', kind: 'value', default: '', help: '' },
  { name: 'x.exclude', kind: 'value', default: '^lo$', help: '' },
  { name: 'x.old', kind: 'value', default: '', help: '', isHidden: true },
];

const filterOf = (given: Readonly<Record<string, string>>) =>
  nameFilter(new CollectorOptions(FLAGS, new Map(Object.entries(given).map(([name, value]) => [name, [value]]))), {
    include: 'x.include',
    exclude: 'x.exclude',
    oldExclude: 'x.old',
    bothGiven: 'exclude & include are mutually exclusive',
  });

t.test('which names pass', async (t) => {
  for (const [given, names, passing] of [
    [{}, ['lo', 'eth0', 'lo0'], ['eth0', 'lo0']],
    [{ 'x.exclude': 'eth' }, ['lo', 'eth0', 'veth1'], ['lo']],
    [{ 'x.include': '^(lo|eth0)$' }, ['lo', 'eth0', 'veth1'], ['lo', 'eth0']],
    [{ 'x.old': '(?i)ETH' }, ['lo', 'eth0'], ['lo']],
    [{ 'x.exclude': '' }, ['lo'], ['lo']],
  ] as const) {
    t.same(names.filter(filterOf(given)), passing, JSON.stringify(given));
  }
});

t.test('what is refused', async (t) => {
  t.throws(() => filterOf({ 'x.include': 'a', 'x.exclude': 'b' }), {
    message: 'exclude & include are mutually exclusive',
  });
  t.throws(() => filterOf({ 'x.include': 'a', 'x.old': 'b' }), { message: 'exclude & include are mutually exclusive' });
  t.throws(() => filterOf({ 'x.exclude': 'a', 'x.old': 'b' }), {
    message: '--collector.x.old and --collector.x.exclude are mutually exclusive',
  });
  t.throws(() => filterOf({ 'x.include': '(' }), {
    message: "invalid value for flag '--collector.x.include': error parsing regexp: missing closing ): `(`",
  });
});
