import { gauge, type MetricDefinition, untyped } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseDecimal } from '../numbers.js';

const info = gauge('node_sysctl_info', 'sysctl info', ['name', 'value', 'index']);

/** /proc/sys/<name>: the values that are asked for, as numbers or as labels. */
export const sysctl: CollectorSpec = {
  name: 'sysctl',
  isDefault: false,
  flags: [
    {
      name: 'sysctl.include',
      kind: 'repeatable',
      help: 'A sysctl to report as numbers, such as `fs.file-nr`; with names for its fields `fs.file-nr:total,current,max`.',
    },
    { name: 'sysctl.include-info', kind: 'repeatable', help: 'A sysctl to report as labels.' },
  ],
  create: (options) => {
    const numeric = options.texts('sysctl.include').map(numericSetter);
    const infos = options.texts('sysctl.include-info');
    return {
      collect: ({ metrics, files: { proc } }) => {
        for (const set of numeric) {
          apart(metrics, () => {
            set(metrics, proc);
          });
        }
        for (const name of infos) {
          apart(metrics, () => {
            for (const [index, value] of valuesOf(proc, name).entries()) {
              metrics.setWith(info, { name, value, index: String(index) }, 1);
            }
          });
        }
      },
    };
  },
};

function valuesOf(proc: FileTree, name: string): string[] {
  return wordsOf(proc.text(`sys/${name.replaceAll('.', '/')}`));
}

/** Sets the values as numbers. Several values get an index each as a label, or a metric each if the flag names them. */
function numericSetter(flag: string): (metrics: MetricSink, proc: FileTree) => void {
  const [name = '', names] = flag.split(':');
  const metricName = `node_sysctl_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`;
  const fields = names
    ?.split(',')
    .map((field, index) => untyped(`${metricName}_${field}`, `sysctl ${name}, field ${index}`));
  const single: MetricDefinition<never> = untyped(metricName, `sysctl ${name}`);
  const several = untyped(metricName, `sysctl ${name}`, ['index']);
  return (metrics, proc) => {
    const values = valuesOf(proc, name).map(parseDecimal);
    if (fields !== undefined && fields.length !== values.length) {
      throw new Error(`sysctl ${name} has ${values.length} values, and ${fields.length} names were given`);
    }
    for (const [index, value] of values.entries()) {
      const field = fields?.[index];
      if (field !== undefined) metrics.set(field, value);
      else if (values.length === 1) metrics.set(single, value);
      else metrics.setWith(several, { index: String(index) }, value);
    }
  };
}
