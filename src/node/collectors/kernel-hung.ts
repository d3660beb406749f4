import { counter } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { parseWhole } from '../numbers.js';

const hungTasks = counter(
  'node_kernel_hung_tasks_total',
  'Total number of tasks that have been detected as hung since the system booted.',
);

/** /proc/sys/kernel/hung_task_detect_count, which kernels have since 6.13. */
export const kernelHung: CollectorSpec = {
  name: 'kernel_hung',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const count = files.proc.value('sys/kernel/hung_task_detect_count');
      if (count === undefined) throw new NoData('this kernel does not count hung tasks');
      metrics.set(hungTasks, parseWhole(count));
    },
  }),
};
