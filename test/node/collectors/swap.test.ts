import t from 'tap';
import { swap } from '../../../src/node/collectors/swap.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('swap devices, in bytes', async (t) => {
  const swaps = `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
/dev/zram0                              partition\t8388604\t\t76\t\t100
/swap                                   file\t\t1024\t\t0\t\t-2
`;
  const output = await askCollector(swap, { paths: hostTree(t, { proc: { swaps } }) }).scrape();
  const samples = output.split('\n').filter((line) => line.startsWith('node_'));
  t.same(samples, [
    'node_swap_priority{device="/dev/zram0",swap_type="partition"} 100',
    'node_swap_priority{device="/swap",swap_type="file"} -2',
    'node_swap_size_bytes{device="/dev/zram0",swap_type="partition"} 8.589930496e+09',
    'node_swap_size_bytes{device="/swap",swap_type="file"} 1.048576e+06',
    'node_swap_used_bytes{device="/dev/zram0",swap_type="partition"} 77824',
    'node_swap_used_bytes{device="/swap",swap_type="file"} 0',
  ]);
});
