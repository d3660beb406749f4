import { gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import { socketsOf } from '../socket-table.js';

const queues = gauge('node_udp_queues', 'Number of allocated memory in the kernel for UDP datagrams in bytes.', [
  'queue',
  'ip',
]);

const FILES = [
  ['net/udp', 'v4'],
  ['net/udp6', 'v6'],
] as const;

/** The queues of all UDP sockets, as sums, from /proc/net/udp and udp6. */
export const udpQueues: CollectorSpec = {
  name: 'udp_queues',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const tables = FILES.map(([file, ip]) => ({ ip, text: files.proc.textIfAny(file) }));
      if (tables.every(({ text }) => text === undefined)) throw new NoData('there is neither UDP nor UDP over IPv6');
      for (const { ip, text } of tables) {
        if (text === undefined) continue;
        let tx = 0;
        let rx = 0;
        for (const socket of socketsOf(text)) {
          tx += socket.txQueueBytes;
          rx += socket.rxQueueBytes;
        }
        metrics.setWith(queues, { queue: 'tx', ip }, tx);
        metrics.setWith(queues, { queue: 'rx', ip }, rx);
      }
    },
  }),
};
