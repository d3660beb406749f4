import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cpu } from '../../../src/node/collectors/cpu.js';
import { CpuTimes } from '../../../src/node/collectors/cpu-times.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const stat = (...cpus: readonly (readonly [number, string])[]): string =>
  cpus.map(([cpu, numbers]) => `cpu${cpu} ${numbers}\n`).join('');

t.test('counters never step back, unless the CPU was away', async (t) => {
  const times = new CpuTimes(log);
  for (const [what, numbers, expected] of [
    ['at first', '100 0 0 1000 0 0 0 0 0 0', [1, 0, 0, 10, 0, 0, 0, 0, 0, 0]],
    ['a little back in user and idle', '90 0 0 995 0 0 0 0 0 0', [1, 0, 0, 10, 0, 0, 0, 0, 0, 0]],
    ['forth', '110 1 0 1005 0 0 0 0 0 0', [1.1, 0.01, 0, 10.05, 0, 0, 0, 0, 0, 0]],
    ['three seconds back in idle', '5 0 0 705 0 0 0 0 0 0', [0.05, 0, 0, 7.05, 0, 0, 0, 0, 0, 0]],
  ] as const) {
    times.update(stat([0, numbers]));
    t.same(times.byCpu.get('0'), expected, what);
  }
  times.update(stat([1, '1 2 3 4 5 6 7 8 9 10']));
  t.same([...times.byCpu.keys()], ['1'], 'a CPU that is gone is forgotten');
});

t.test('a negative time is none, a word is left out, and neither touches the others', async (t) => {
  const times = new CpuTimes(log);
  for (const [what, numbers, expected] of [
    ['negative at first', '-5 200 3 1000 0 0 0 0 0 0', [0, 2, 0.03, 10, 0, 0, 0, 0, 0, 0]],
    ['forth', '300 200 3 1000 0 0 0 0 0 0', [3, 2, 0.03, 10, 0, 0, 0, 0, 0, 0]],
    ['negative later', '-7 200 4 1000 0 0 0 0 0 0', [3, 2, 0.04, 10, 0, 0, 0, 0, 0, 0]],
    ['a word', 'x 200 4 1000 0 0 0 0 0 0', [NaN, 2, 0.04, 10, 0, 0, 0, 0, 0, 0]],
    ['a number again', '310 200 4 1000 0 0 0 0 0 0', [3.1, 2, 0.04, 10, 0, 0, 0, 0, 0, 0]],
  ] as const) {
    times.update(stat([0, numbers]));
    t.same(times.byCpu.get('0'), expected, what);
  }
});

t.test('which CPUs are on line', async (t) => {
  const folder = 'devices/system/cpu';
  const proc = { stat: 'cpu0 1 1 1 1 1 1 1 1 1 1\n' };
  const paths = hostTree(t, {
    proc,
    sys: { [`${folder}/cpu0/online`]: '1\n', [`${folder}/cpu1/online`]: '0\n', [`${folder}/isolated`]: '0,2-3\n' },
  });
  const asked = askCollector(cpu, { paths, flags: { 'cpu.guest': 'false' } });
  const text = await asked.scrape();
  t.match(text, /^node_cpu_online\{cpu="0"\} 1\nnode_cpu_online\{cpu="1"\} 0$/m);
  t.match(text, /^node_cpu_isolated\{cpu="0"\} 1\nnode_cpu_isolated\{cpu="2"\} 1\nnode_cpu_isolated\{cpu="3"\} 1$/m);
  t.notMatch(text, 'guest');
  writeFileSync(join(paths.procfs, 'stat'), 'cpu0 x\n');
  t.notMatch(await asked.scrape(), 'node_cpu_seconds_total{cpu="0",mode="user"}', 'a word instead of a number');
});
