import t from 'tap';
import type { CollectorSpec } from '../../../src/node/collector.js';
import { bonding } from '../../../src/node/collectors/bonding.js';
import { diskstats } from '../../../src/node/collectors/diskstats.js';
import type { Clock } from '../../../src/values/clock.js';
import { type HostTree, hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

/** Each look at this clock shows a turn later, so that every step ends its turn. */
function slowClock(): Clock {
  let seconds = 0;
  return { monotonicSeconds: () => (seconds += 1), wallSeconds: () => 0, after: () => () => undefined };
}

const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** `[name, collector, files that are long]` */
const ROWS: readonly (readonly [name: string, spec: CollectorSpec, tree: HostTree])[] = [
  ['disks', diskstats, { proc: { diskstats: times(100, (index) => `8 ${index} disk${index} 1 2 3\n`) } }],
  [
    'interfaces of a bond',
    bonding,
    { sys: { 'class/net/bonding_masters': 'b', 'class/net/b/bonding/slaves': times(100, (index) => `s${index} `) } },
  ],
  ['bonds', bonding, { sys: { 'class/net/bonding_masters': times(100, (index) => `bond${index} `) } }],
];

for (const [name, spec, tree] of ROWS) {
  t.test(`${name}: the event loop has its turns, and nobody goes on for a scrape that is over`, async (t) => {
    const options = { paths: hostTree(t, tree), clock: slowClock() };
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    await askCollector(spec, options).scrape();
    clearImmediate(counting);
    t.ok(turns >= 90, `${turns} turns`);
    const reason = new Error('the client has gone');
    await t.rejects(askCollector(spec, { ...options, signal: AbortSignal.abort(reason) }).scrape(), reason);
  });
}
