import { counter, gauge } from '../../metrics/metric-definition.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { MetricSink } from '../metric-sink.js';
import { countsByName, NFS2_PROCEDURES, NFS3_PROCEDURES, readRpcLines } from './nfs-procedures.js';

/** Metrics of one number, by the line and the place in it; negative places count from the end. */
const NUMBERS = [
  [
    'rc',
    0,
    counter('node_nfsd_reply_cache_hits_total', 'Total number of NFSd Reply Cache hits (client lost server response).'),
  ],
  [
    'rc',
    1,
    counter(
      'node_nfsd_reply_cache_misses_total',
      'Total number of NFSd Reply Cache an operation that requires caching (idempotent).',
    ),
  ],
  [
    'rc',
    2,
    counter(
      'node_nfsd_reply_cache_nocache_total',
      'Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).',
    ),
  ],
  ['fh', 0, counter('node_nfsd_file_handles_stale_total', 'Total number of NFSd stale file handles')],
  ['io', 0, counter('node_nfsd_disk_bytes_read_total', 'Total NFSd bytes read.')],
  ['io', 1, counter('node_nfsd_disk_bytes_written_total', 'Total NFSd bytes written.')],
  ['th', 0, gauge('node_nfsd_server_threads', 'Total number of NFSd kernel threads that are running.')],
  ['ra', 0, gauge('node_nfsd_read_ahead_cache_size_blocks', 'How large the read ahead cache is in blocks.')],
  ['ra', -1, counter('node_nfsd_read_ahead_cache_not_found_total', 'Total number of NFSd read ahead cache not found.')],
  ['net', 3, counter('node_nfsd_connections_total', 'Total number of NFSd TCP connections.')],
  ['rpc', 0, counter('node_nfsd_server_rpcs_total', 'Total number of NFSd RPCs.')],
] as const;

const packets = counter('node_nfsd_packets_total', 'Total NFSd network packets (sent+received) by protocol type.', [
  'proto',
]);
const rpcErrors = counter('node_nfsd_rpc_errors_total', 'Total number of NFSd RPC errors by error type.', ['error']);
const requests = counter('node_nfsd_requests_total', 'Total number NFSd Requests by method and protocol.', [
  'proto',
  'method',
]);

/** Version 4 (RFC 7530), in the order of its numbers; upstream leaves out those without a name here. */
const NFS4_OPERATIONS: readonly string[] = [
  ...['', '', '', 'Access', 'Close', 'Commit', 'Create', 'DelegPurge', 'DelegReturn', 'GetAttr', 'GetFH', 'Link'],
  ...['Lock', 'Lockt', 'Locku', 'Lookup', 'LookupRoot', 'Nverify', 'Open', 'OpenAttr', 'OpenConfirm', 'OpenDgrd'],
  ...['PutFH', '', '', 'Read', 'ReadDir', 'ReadLink', 'Remove', 'Rename', 'Renew', 'RestoreFH', 'SaveFH', 'SecInfo'],
  ...['SetAttr', 'SetClientID', 'SetClientIDConfirm', 'Verify', 'Write', 'RelLockOwner'],
];

/** /proc/net/rpc/nfsd: the operations of this host's NFS server. */
export const nfsd: CollectorSpec = {
  name: 'nfsd',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files }) => {
      const text = files.proc.textIfAny('net/rpc/nfsd');
      if (text === undefined) throw new NoData('the NFS server is not loaded');
      setLines(metrics, readRpcLines(text));
    },
  }),
};

/**
 * Sets the metrics of all lines. Counters that this kernel does not have are left out, such as the read-ahead cache,
 * which was removed in Linux 5.4.
 */
function setLines(metrics: MetricSink, lines: ReadonlyMap<string, readonly number[]>): void {
  for (const [line, place, metric] of NUMBERS) {
    const value = lines.get(line)?.at(place);
    if (value !== undefined) metrics.set(metric, value);
  }
  const [, udp = 0, tcp = 0] = lines.get('net') ?? [];
  metrics.setWith(packets, { proto: 'udp' }, udp);
  metrics.setWith(packets, { proto: 'tcp' }, tcp);
  const [, , badFormat = 0, badAuthentication = 0, badClient = 0] = lines.get('rpc') ?? [];
  metrics.setWith(rpcErrors, { error: 'fmt' }, badFormat);
  metrics.setWith(rpcErrors, { error: 'auth' }, badAuthentication);
  metrics.setWith(rpcErrors, { error: 'cInt' }, badClient);
  for (const [proto, line, procedures] of [
    ['2', 'proc2', withoutNull(NFS2_PROCEDURES)],
    ['3', 'proc3', withoutNull(NFS3_PROCEDURES)],
    ['4', 'proc4ops', NFS4_OPERATIONS],
  ] as const) {
    for (const [method, count] of countsByName(lines.get(line), procedures)) {
      metrics.setWith(requests, { proto, method }, count);
    }
  }
  const [delegatedGetAttr] = lines.get('wdeleg_getattr') ?? [];
  if (delegatedGetAttr !== undefined) {
    metrics.setWith(requests, { proto: '4', method: 'WdelegGetattr' }, delegatedGetAttr);
  }
}

/** The procedures without the server's first one, which does nothing: upstream does not report it. */
function withoutNull(procedures: readonly string[]): readonly string[] {
  return ['', ...procedures.slice(1)];
}
