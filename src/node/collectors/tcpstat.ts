import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import { socketsOf } from '../socket-table.js';

const states = gauge('node_tcp_connection_states', 'Number of connection states.', ['state']);

/** The states in the order of the kernel's numbers, which begin with 1 (include/net/tcp_states.h). */
const STATE_NAMES = [
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
] as const;

/** How many TCP sockets are in which state, and the bytes in their queues, from /proc/net/tcp and tcp6. */
export const tcpstat: CollectorSpec = {
  name: 'tcpstat',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const counts = new Map<string, number>();
      const add = (state: string, amount: number): void => {
        counts.set(state, (counts.get(state) ?? 0) + amount);
      };
      const countIn = (table: string): void => {
        for (const { state, txQueueBytes, rxQueueBytes } of socketsOf(table)) {
          add(STATE_NAMES[state - 1] ?? 'unknown', 1);
          add('tx_queued_bytes', txQueueBytes);
          add('rx_queued_bytes', rxQueueBytes);
        }
      };
      apart(metrics, () => {
        countIn(files.proc.text('net/tcp'));
      });
      countIn(files.proc.textIfAny('net/tcp6') ?? '');
      for (const [state, count] of counts) metrics.setWith(states, { state }, count);
    },
  }),
};
