import { gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf } from '../lines.js';
import { parseWhole } from '../numbers.js';

/** `HugePages_Total:       0`, `MemTotal:       15666184 kB`, `Active(anon):    2068484 kB`. */
const LINE = /^([^:]+):\s*(\d+)( kB)?$/;

/** /proc/meminfo: a gauge for each line, amounts of memory in bytes. */
export const meminfo: CollectorSpec = {
  name: 'meminfo',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const line of linesOf(files.proc.text('meminfo'))) {
        const [, field = '', amount = '', unit] = LINE.exec(line) ?? [];
        if (field === '') metrics.passOver(`invalid line in meminfo: "${line}"`);
        else if (unit === undefined) metrics.set(plainField(field), parseWhole(amount));
        else metrics.set(bytesField(field), parseWhole(amount) * 1024);
      }
    },
  }),
};

const plainField = remembered((field) => definition(metricName(field)));
const bytesField = remembered((field) => definition(`${metricName(field)}_bytes`));

function definition(name: string): MetricDefinition<never> {
  return gauge(`node_memory_${name}`, `Memory information field ${name}.`);
}

/** `Active(anon)` becomes `Active_anon`. */
function metricName(field: string): string {
  return field.replace(/^([^(]*)\((.*)\)/, '$1_$2').replace(/[^a-zA-Z0-9_]/g, '_');
}
