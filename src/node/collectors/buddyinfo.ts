import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { wordsOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

const blocks = gauge('node_buddyinfo_blocks', 'Count of free blocks according to size.', ['node', 'zone', 'size']);

/** `Node 0, zone      DMA      1      0      1`: free blocks of one page, two pages, four pages and so on. */
const LINE = /^Node (\d+), zone +(\S+) +(\S.*)$/gm;

/** /proc/buddyinfo: how fragmented the free memory is. */
export const buddyinfo: CollectorSpec = {
  name: 'buddyinfo',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const [, node = '', zone = '', counts = ''] of files.proc.text('buddyinfo').matchAll(LINE)) {
        for (const [order, count] of wordsOf(counts).entries()) {
          metrics.setWith(blocks, { node, zone, size: String(order) }, parseWhole(count));
        }
      }
    },
  }),
};
