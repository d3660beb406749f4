import { counter } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseHex } from '../numbers.js';

/**
 * /proc/net/stat: a file for each cache of the network, with a line of names and a line of hexadecimal numbers for each
 * CPU.
 */
export const lnstat: CollectorSpec = {
  name: 'lnstat',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { proc } }) => {
      for (const subsystem of proc.names('net/stat')) {
        apart(metrics, () => {
          setCache(metrics, subsystem, proc.text(`net/stat/${subsystem}`));
        });
      }
    },
  }),
};

function setCache(metrics: MetricSink, subsystem: string, text: string): void {
  const [header = '', ...cpus] = linesOf(text);
  const names = wordsOf(header);
  for (const [cpu, line] of cpus.entries()) {
    const values = wordsOf(line);
    for (const [index, name] of names.entries()) {
      metrics.setWith(definition(name), { subsystem, cpu: String(cpu) }, parseHex(values[index] ?? ''));
    }
  }
}

const definition = remembered((name) =>
  counter(`node_lnstat_${name}_total`, 'linux network cache stats', ['subsystem', 'cpu']),
);
