import { counter } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { remembered } from '../remembered.js';

/** /proc/net/stat: a file for each cache of the network, with a line of names and a line of hexadecimal numbers for each CPU. */
export const lnstat: CollectorSpec = {
  name: 'lnstat',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { proc } }) => {
      for (const subsystem of proc.names('net/stat')) {
        const [header = '', ...cpus] = linesOf(proc.text(`net/stat/${subsystem}`));
        const names = wordsOf(header);
        for (const [cpu, line] of cpus.entries()) {
          const values = wordsOf(line);
          for (const [index, name] of names.entries()) {
            const value = Number.parseInt(values[index] ?? '', 16);
            if (!Number.isNaN(value)) metrics.setWith(definition(name), { subsystem, cpu: String(cpu) }, value);
          }
        }
      }
    },
  }),
};

const definition = remembered((name) =>
  counter(`node_lnstat_${name}_total`, 'linux network cache stats', ['subsystem', 'cpu']),
);
