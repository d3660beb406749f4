import { untyped } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf } from '../lines.js';
import { compileFilter } from '../name-filter.js';
import { parseDecimal } from '../numbers.js';

/** /proc/vmstat: the fields that a pattern picks. */
export const vmstat: CollectorSpec = {
  name: 'vmstat',
  isDefault: true,
  flags: [
    {
      name: 'vmstat.fields',
      kind: 'value',
      default: '^(oom_kill|pgpg|pswp|pg.*fault).*',
      help: 'Regular expression of the fields to report.',
    },
  ],
  create: (options) => {
    const isWanted = remembered(compileFilter('vmstat.fields', options.text('vmstat.fields')) ?? (() => true));
    return {
      collect: ({ metrics, files }) => {
        for (const line of linesOf(files.proc.text('vmstat'))) {
          const blank = line.indexOf(' ');
          const field = line.slice(0, blank);
          if (isWanted(field)) metrics.set(definition(field), parseDecimal(line.slice(blank + 1)));
        }
      },
    };
  },
};

const definition = remembered((field) => untyped(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`));
