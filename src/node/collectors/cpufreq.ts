import { gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';

/** The metrics of the files in cpuN/cpufreq, which hold kilohertz. */
const FREQUENCIES = [
  ['cpuinfo_cur_freq', gauge('node_cpu_frequency_hertz', 'Current CPU thread frequency in hertz.', ['cpu'])],
  ['cpuinfo_avg_freq', gauge('node_cpu_frequency_avg_hertz', 'Average CPU thread frequency in hertz.', ['cpu'])],
  ['cpuinfo_min_freq', gauge('node_cpu_frequency_min_hertz', 'Minimum CPU thread frequency in hertz.', ['cpu'])],
  ['cpuinfo_max_freq', gauge('node_cpu_frequency_max_hertz', 'Maximum CPU thread frequency in hertz.', ['cpu'])],
  [
    'scaling_cur_freq',
    gauge('node_cpu_scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.', ['cpu']),
  ],
  [
    'scaling_min_freq',
    gauge('node_cpu_scaling_frequency_min_hertz', 'Minimum scaled CPU thread frequency in hertz.', ['cpu']),
  ],
  [
    'scaling_max_freq',
    gauge('node_cpu_scaling_frequency_max_hertz', 'Maximum scaled CPU thread frequency in hertz.', ['cpu']),
  ],
] as const;

const governors = gauge('node_cpu_scaling_governor', 'Current enabled CPU frequency governor.', ['cpu', 'governor']);

const FOLDER = 'devices/system/cpu';

/**
 * /sys/devices/system/cpu/cpu<N>/cpufreq. Hosts that do not scale their CPUs, virtual machines for example, have
 * nothing to report.
 */
export const cpufreq: CollectorSpec = {
  name: 'cpufreq',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { sys } }) => {
      for (const name of sys.namesIfAny(FOLDER)) {
        const cpu = /^cpu(\d+)$/.exec(name)?.[1];
        if (cpu !== undefined) setCpu(metrics, sys, cpu);
      }
    },
  }),
};

function setCpu(metrics: MetricSink, sys: FileTree, cpu: string): void {
  const folder = `${FOLDER}/cpu${cpu}/cpufreq`;
  const names = new Set(sys.namesIfAny(folder));
  for (const [file, metric] of FREQUENCIES) {
    const kilohertz = names.has(file) ? sys.value(`${folder}/${file}`) : undefined;
    // A driver that does not know the frequency writes words instead.
    if (kilohertz !== undefined && /^\d+$/.test(kilohertz))
      metrics.setWith(metric, { cpu }, parseWhole(kilohertz) * 1000);
  }
  const current = names.has('scaling_governor') ? sys.value(`${folder}/scaling_governor`) : undefined;
  if (current === undefined) return;
  const available = wordsOf(sys.value(`${folder}/scaling_available_governors`) ?? current);
  for (const governor of available) metrics.setWith(governors, { cpu, governor }, governor === current ? 1 : 0);
}
