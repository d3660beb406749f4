import { gauge } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import type { CollectorSpec } from '../collector.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseInteger } from '../numbers.js';
import { pageSizeBytes } from '../page-size.js';

const used = gauge('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.');

/** /proc/net/sockstat and sockstat6: `TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1`. */
export const sockstat: CollectorSpec = {
  name: 'sockstat',
  isDefault: true,
  flags: [],
  create: () => {
    const pageBytes = pageSizeBytes();
    return {
      collect: ({ metrics, files }) => {
        for (const file of ['net/sockstat', 'net/sockstat6']) {
          // Without IPv6 there is no second file.
          for (const line of linesOf(files.proc.textIfAny(file) ?? '')) setLine(metrics, line, pageBytes);
        }
      },
    };
  },
};

function setLine(metrics: MetricSink, line: string, pageBytes: number): void {
  const [label = '', ...fields] = wordsOf(line);
  const protocol = label.replace(/:$/, '');
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = parseInteger(fields[index + 1] ?? '');
    if (protocol === 'sockets') {
      metrics.set(used, value);
      continue;
    }
    metrics.set(definition(`${protocol}_${name}`), value);
    if (name === 'mem') metrics.set(definition(`${protocol}_mem_bytes`), value * pageBytes);
  }
}

const definition = remembered((field) => {
  const [protocol = '', ...state] = field.split('_');
  return gauge(`node_sockstat_${field}`, `Number of ${protocol} sockets in state ${state.join('_')}.`);
});
