import t from 'tap';
import { loadavg } from '../../../src/node/collectors/loadavg.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('the three load averages', async (t) => {
  const paths = hostTree(t, { proc: { loadavg: '0.21 0.37 10.39 1/719 19737\n' } });
  t.equal(
    await askCollector(loadavg, { paths }).scrape(),
    `# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.21
# HELP node_load15 15m load average.
# TYPE node_load15 gauge
node_load15 10.39
# HELP node_load5 5m load average.
# TYPE node_load5 gauge
node_load5 0.37
`,
  );
});

t.test('a file that is none of the kernel', async (t) => {
  const paths = hostTree(t, { proc: { loadavg: 'some text\n' } });
  await t.rejects(askCollector(loadavg, { paths }).scrape(), { message: 'what stands for node_load1 is no number' });
});
