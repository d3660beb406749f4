import { counter, gauge } from '../../metrics/metric-definition.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import { parseHex } from '../numbers.js';

/** The metrics of the columns of /proc/net/softnet_stat; columns that are not named are always zero. */
const COLUMNS = [
  [0, counter('node_softnet_processed_total', 'Number of processed packets', ['cpu'])],
  [1, counter('node_softnet_dropped_total', 'Number of dropped packets', ['cpu'])],
  [2, counter('node_softnet_times_squeezed_total', 'Number of times processing packets ran out of quota', ['cpu'])],
  [
    8,
    counter(
      'node_softnet_cpu_collision_total',
      'Number of collision occur while obtaining device lock while transmitting',
      ['cpu'],
    ),
  ],
  [9, counter('node_softnet_received_rps_total', 'Number of times cpu woken up received_rps', ['cpu'])],
  [10, counter('node_softnet_flow_limit_count_total', 'Number of times flow limit has been reached', ['cpu'])],
  [11, gauge('node_softnet_backlog_len', 'Softnet backlog status', ['cpu'])],
] as const;

const CPU_COLUMN = 12;
/** The number of columns of the oldest kernels. */
const FEWEST_COLUMNS = 9;

/**
 * /proc/net/softnet_stat: a line for each CPU, with hexadecimal numbers. Older kernels have fewer columns; the missing
 * ones count as zero.
 */
export const softnet: CollectorSpec = {
  name: 'softnet',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      for (const [index, line] of linesOf(files.proc.text('net/softnet_stat')).entries()) {
        const words = wordsOf(line);
        const number = (column: number): number => parseHex(words[column] ?? '0');
        if (Number.isNaN(number(0)) && words.length < FEWEST_COLUMNS) {
          metrics.passOver(`unexpected line in /proc/net/softnet_stat: "${line}"`);
          continue;
        }
        // Before Linux 5.14 the line does not say which CPU it is of, and offline ones leave no gap.
        const cpu = String(words.length > CPU_COLUMN ? number(CPU_COLUMN) : index);
        for (const [column, metric] of COLUMNS) metrics.setWith(metric, { cpu }, number(column));
      }
    },
  }),
};
