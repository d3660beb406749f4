import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { wordsOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

const allocated = gauge('node_filefd_allocated', 'File descriptor statistics: allocated.');
const maximum = gauge('node_filefd_maximum', 'File descriptor statistics: maximum.');

/** /proc/sys/fs/file-nr: allocated, free (always 0) and the limit. */
export const filefd: CollectorSpec = {
  name: 'filefd',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const [first = '', , third = ''] = wordsOf(files.proc.text('sys/fs/file-nr'));
      metrics.set(allocated, parseWhole(first));
      metrics.set(maximum, parseWhole(third));
    },
  }),
};
