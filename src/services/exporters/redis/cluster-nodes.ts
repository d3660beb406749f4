import { errorReply, type Reply } from '../../../http/answers/http-reply.js';
import { seriesNamed } from '../../../metrics/metric-set.js';
import { textOf } from '../../../probe/error-text.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import type { PlannedNodes } from '../server-exporter.js';

/** The metric that the prober names the nodes by; its own module would load what only a probe needs. */
const CLUSTER_NODE = 'probe_redis_cluster_node_info';

/** Upstream's words where the server is not said to be one of a cluster. */
export const NO_CLUSTER = 'The discovery endpoint is only available on a redis cluster';

/** The nodes in the form of a HTTP service discovery (Prometheus manual), as redis_exporter writes it. */
export function nodesReply({ metrics, failure }: ProbeOutcome, { target, byHostname }: PlannedNodes): Reply {
  if (failure !== undefined) {
    const err = textOf(failure.fields['err'] ?? failure.message);
    return errorReply(
      500,
      `Couldn't connect to redis cluster: cluster refresh failed: redisc: all nodes failed\n${err}`,
    );
  }
  const scheme = target.startsWith('rediss://') ? 'rediss://' : 'redis://';
  const targets = [...seriesNamed(metrics.rows, CLUSTER_NODE)].map(
    ({ labelValues: [address = '', hostname = ''] }) => scheme + (byHostname && hostname !== '' ? hostname : address),
  );
  const body = JSON.stringify([{ targets, labels: {} }], undefined, 2);
  return { status: 200, contentType: 'application/json', body };
}
