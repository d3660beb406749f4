import t from 'tap';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import { type CollectorFlag, CollectorOptions } from '../../src/node/collector-options.js';
import { type FilterFlags, nameFilter } from '../../src/node/name-filter.js';
import { askCollector } from '../helpers/services/collect.js';

const FLAGS: readonly CollectorFlag[] = [
  { name: 'x.include', kind: 'value', default: '', help: '' },
  { name: 'x.exclude', kind: 'value', default: '^lo$', help: '' },
  { name: 'x.old', kind: 'value', default: '', help: '', isHidden: true },
];

const PAIR = { include: 'x.include', exclude: 'x.exclude', oldExclude: 'x.old' };

const filterOf = (given: Readonly<Record<string, string>>, pair: FilterFlags = EITHER) =>
  nameFilter(new CollectorOptions(FLAGS, new Map(Object.entries(given).map(([name, value]) => [name, [value]]))), pair);

const EITHER = { ...PAIR, bothGiven: 'exclude & include are mutually exclusive' };

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

t.test('where both may be given, a name has to pass both', async (t) => {
  for (const [given, passing] of [
    [{ 'x.include': 'eth', 'x.exclude': '1$' }, ['eth0']],
    [{ 'x.include': 'eth', 'x.old': '0$' }, ['eth1']],
    [{ 'x.include': 'lo' }, ['lo']],
  ] as const) {
    t.same(['lo', 'eth0', 'eth1'].filter(filterOf(given, PAIR)), passing, JSON.stringify(given));
  }
});

t.test('which pairs of upstream exclude each other', async (t) => {
  const tried = (pair: string): string => {
    const spec = ALL_COLLECTORS.find(({ flags }) => flags.some(({ name }) => name === `${pair}-include`));
    if (spec === undefined) return 'there is no such pair';
    try {
      askCollector(spec, { flags: { [`${pair}-include`]: 'a', [`${pair}-exclude`]: 'b' } });
      return 'starts';
    } catch (error) {
      return String(error);
    }
  };
  // The answers are node_exporter 1.11's.
  for (const pair of [
    'arp.device',
    'hwmon.chip',
    'hwmon.sensor',
    'interrupts.name',
    'slabinfo.slabs',
    'systemd.unit',
  ]) {
    t.equal(tried(pair), 'starts', pair);
  }
  const pairs = ['diskstats.device', 'filesystem.mount-points', 'filesystem.fs-types', 'netdev.device', 'qdisc.device'];
  for (const pair of pairs) t.match(tried(pair), /mutually exclusive$/, pair);
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
