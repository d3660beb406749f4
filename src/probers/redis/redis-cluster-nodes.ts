import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { loopTurns } from '../../values/loop-turns.js';

/** The metric that the nodes are told by: one series each. Redis_exporter has none. */
export const CLUSTER_NODE = 'probe_redis_cluster_node_info';
const node = gauge(CLUSTER_NODE, 'A node of the cluster, as CLUSTER NODES names it', ['address', 'hostname']);

/** A cluster has 1,000 nodes at most (Redis cluster specification). */
const MOST_NODES = 1000;

/** The second word of a line: `10.0.0.7:7002@17002,db-7.example.com`. A node without an address yet is passed over. */
const ADDRESS = /^(\S{1,255}):(\d{1,5})@\d{1,5}(?:,([^\s,]{0,255}))?/;

/** Sets a series for each node of an answer to CLUSTER NODES. */
export async function reportNodes(text: string, metrics: MetricSet): Promise<void> {
  let turns = 0;
  for (const line of text.split('\n', MOST_NODES)) {
    if (loopTurns.isOver()) await loopTurns.next(turns++);
    const [, host, port, name = ''] = ADDRESS.exec(line.split(' ', 2)[1] ?? '') ?? [];
    if (host === undefined || port === undefined) continue;
    const hostname = name === '' ? '' : `${name}:${port}`;
    metrics.setWith(node, { address: `${host}:${port}`, hostname }, 1);
  }
}
