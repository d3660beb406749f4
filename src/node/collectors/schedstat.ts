import { counter } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { parseWhole } from '../numbers.js';

const running = counter('node_schedstat_running_seconds_total', 'Number of seconds CPU spent running a process.', [
  'cpu',
]);
const waiting = counter(
  'node_schedstat_waiting_seconds_total',
  'Number of seconds spent by processing waiting for this CPU.',
  ['cpu'],
);
const timeslices = counter('node_schedstat_timeslices_total', 'Number of timeslices executed by CPU.', ['cpu']);

/** `cpu0 0 0 0 0 0 0 <running ns> <waiting ns> <timeslices>`. */
const LINE = /^cpu(\d+) (\S+(?: \S+)*)/gm;

/** /proc/schedstat. */
export const schedstat: CollectorSpec = {
  name: 'schedstat',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const text = files.proc.textIfAny('schedstat');
      if (text === undefined) throw new NoData('schedstat file does not exist');
      for (const [, cpu = '', numbers = ''] of text.matchAll(LINE)) {
        const [ranNs = '', waitedNs = '', slices = ''] = numbers.split(' ').slice(6);
        metrics.setWith(running, { cpu }, parseWhole(ranNs) / 1e9);
        metrics.setWith(waiting, { cpu }, parseWhole(waitedNs) / 1e9);
        metrics.setWith(timeslices, { cpu }, parseWhole(slices));
      }
    },
  }),
};
